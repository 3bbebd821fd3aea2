"""What the demo's crowd wrote, how often, and where."""

from __future__ import annotations

# The channels' shares of reports and signatures.
CHANNELS = {"whatsapp": 0.43, "web": 0.22, "sms": 0.13, "telegram": 0.09, "email": 0.06, "webchat": 0.05, "desk": 0.02}
# Signers' levels of proof: most wrote from the address, some typed a code.
LEVELS = {1: 0.82, 2: 0.18}
# How often each topic is reported.
WEIGHTS = {
    "pothole": 24, "street-light": 22, "bin": 30, "junk": 26, "cleaning": 22, "playground": 12, "water-leak": 10,
    "noise": 14, "pests": 16, "something-else": 4,
}  # fmt: skip

REPORTS: dict[str, dict[str, tuple[str, ...]]] = {
    "pothole": {
        "he": ("בור בכביש אחרי הגשם", "מדרכה שקועה, קשה עם עגלה", "אבן שפה שבורה ליד בית הספר"),
        "ar": ("حفرة في الشارع بعد المطر", "بلاط الرصيف مكسور"),
        "ru": ("Яма на дороге после дождя", "Провалилась плитка на тротуаре"),
        "en": ("A pothole after the rain", "Broken kerb in front of the school"),
    },
    "street-light": {
        "he": ("פנס לא דולק כבר שלושה ימים", "כל הרחוב חשוך", "פנס מהבהב כל הלילה"),
        "ar": ("عمود إنارة مطفأ", "الشارع كله مظلم"),
        "ru": ("Не горит фонарь", "Фонарь мигает всю ночь"),
        "en": ("The street lamp is out", "The lamp flickers all night"),
    },
    "bin": {
        "he": ("הפח לא פונה השבוע", "הפח הכתום מלא", "דילגו על הבניין שלנו"),
        "ar": ("لم تُفرَّغ الحاوية هذا الأسبوع", "الحاوية مليئة"),
        "ru": ("Не вывезли мусор", "Бак переполнен"),
        "en": ("Our bin was not emptied", "The recycling bin is full"),
    },
    "junk": {
        "he": ("ערימת גזם על המדרכה", "ארון ישן ליד הפחים", "גזם מיום ראשון עוד לא פונה"),
        "ar": ("خزانة قديمة قرب الحاويات", "أغصان على الرصيف"),
        "ru": ("Старый шкаф у баков", "Ветки на тротуаре"),
        "en": ("An old fridge next to the bins", "Branches on the pavement"),
    },
    "cleaning": {
        "he": ("הכביש מלא זכוכיות", "לא טאטאו את הרחוב", "עלים סותמים את התעלה"),
        "ar": ("زجاج مكسور في الشارع", "أوراق تسد المصرف"),
        "ru": ("На дороге битое стекло", "Давно не подметали"),
        "en": ("Broken glass on the road", "Leaves block the drain"),
    },
    "playground": {
        "he": ("ספסל שבור בגינה", "המגלשה סדוקה", "הממטרה מרטיבה את השביל"),
        "ar": ("مقعد مكسور في الحديقة", "الزحليقة مشقوقة"),
        "ru": ("Сломана скамейка", "Треснула горка"),
        "en": ("A broken bench in the park", "The slide has a crack"),
    },
    "water-leak": {
        "he": ("נזילה מהמדרכה", "ביוב עולה ליד החניה", "שעון מים דולף"),
        "ar": ("تسرّب ماء من الرصيف", "مجارٍ قرب الموقف"),
        "ru": ("Течёт вода из-под тротуара", "Запах канализации у стоянки"),
        "en": ("Water comes up through the pavement", "Sewage near the car park"),
    },
    "noise": {
        "he": ("מסיבה רועשת אחרי חצות", "עבודות לפני שש בבוקר", "מפוח עלים בשעות המנוחה"),
        "ar": ("حفلة صاخبة بعد منتصف الليل", "أعمال بناء قبل السادسة صباحًا"),
        "ru": ("Шумная вечеринка после полуночи", "Стройка до шести утра"),
        "en": ("A loud party after midnight", "Building work before six"),
    },
    "pests": {
        "he": ("יתושים בחצר המשותפת", "חולדה ליד הפחים", "קן צרעות בגן"),
        "ar": ("بعوض كثير في الساحة", "جرذ قرب الحاويات"),
        "ru": ("Комары во дворе", "Крыса у мусорных баков"),
        "en": ("Mosquitoes in the yard", "A rat next to the bins"),
    },
    "something-else": {
        "he": ("שלט רחוב נפל", "חתול תקוע על עמוד"),
        "ar": ("سقطت لافتة الشارع",),
        "ru": ("Упала табличка с названием улицы",),
        "en": ("A street sign fell down",),
    },
}
RESOLVED = {
    "he": "פנייה מספר %d: טופלה. תודה שדיווחתם.",
    "ar": "الطلب رقم %d: تمت المعالجة. شكرًا لبلاغكم.",
    "ru": "Обращение %d: решено. Спасибо, что сообщили.",
    "en": "Request %d: solved. Thank you for telling us.",
}
