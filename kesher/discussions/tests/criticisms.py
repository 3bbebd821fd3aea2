"""Two hundred sharp criticisms of a city in four languages: ten sentences of each, about five targets."""

from __future__ import annotations

TARGETS = {
    "he": ("ראש העירייה", "מהנדס העיר", "אגף התברואה", "המוקד העירוני", "מועצת העיר"),
    "ar": ("رئيس البلدية", "مهندس المدينة", "قسم النظافة", "مركز 106", "مجلس المدينة"),
    "ru": ("Мэр", "Городской инженер", "Санитарный отдел", "Служба 106", "Городской совет"),
    "en": ("The mayor", "The city engineer", "The cleaning department", "The 106 centre", "The city council"),
}
SENTENCES = {
    "he": (
        "{} – כישלון מוחלט, בושה וחרפה.",
        "{} משקר לנו בפנים כבר ארבע שנים!!!",
        "הגיע הזמן שיתפטרו: {} זה ביזיון.",
        "שילמנו 4,800 ש״ח ארנונה ו{} לא עושה כלום.",
        "{} רקוב מהיסוד, שחיתות בכל פינה.",
        "ברחוב הרצל 12 יש ביוב פתוח שבועיים, ו{} צוחק עלינו.",
        "{} חבורה של אפסים, לא אצביע להם לעולם.",
        "פניתי 7 פעמים, פנייה 20417, ו{} פשוט מנפנף אותי.",
        "אידיוטי להחליט ככה. {} לא מבין כלום בתחבורה.",
        "ב-12.11.2026 נאבק ב{} בבית המשפט!",
    ),
    "ar": (
        "{} فشل كامل وعار علينا.",
        "{} يكذب علينا منذ أربع سنوات!!!",
        "حان وقت الاستقالة: {} مهزلة.",
        "دفعنا 4,800 شيكل أرنونا و{} لا يفعل شيئًا.",
        "{} فاسد من الأساس.",
        "في شارع هرتسل 12 مجارٍ مفتوحة منذ أسبوعين و{} يضحك علينا.",
        "{} لا يصلح لشيء، لن أصوّت لهم أبدًا.",
        "توجهت 7 مرات، طلب 20417، و{} يتجاهلني.",
        "قرار غبي. {} لا يفهم في المواصلات.",
        "سنحارب {} في المحكمة في 12.11.2026!",
    ),
    "ru": (
        "{} — полный провал и позор.",
        "{} врёт нам в лицо уже четыре года!!!",
        "Пора в отставку: {} — это посмешище.",
        "Заплатили 4 800 шекелей арноны, а {} ничего не делает.",
        "{} насквозь гнилой, сплошная коррупция.",
        "На Герцля 12 две недели открытый люк, а {} смеётся над нами.",
        "{} — сборище бездарей, никогда за них не проголосую.",
        "Обращался 7 раз, обращение 20417, а {} меня отфутболивает.",
        "Идиотское решение. {} ничего не понимает в транспорте.",
        "12.11.2026 встретимся в суде! {} ответит за всё.",
    ),
    "en": (
        "{} is a complete failure and a disgrace.",
        "{} has lied to our faces for four years!!!",
        "Time to resign: {} is a joke.",
        "We paid NIS 4,800 of property tax and {} does nothing.",
        "{} is rotten to the core, corruption everywhere.",
        "At 12 Herzl Street the sewer has been open for two weeks, and {} laughs at us.",
        "{} could not run a kiosk. I will never vote for them again.",
        "I wrote 7 times, request 20417, and {} just ignores me.",
        "An idiotic decision. {} understands nothing about buses.",
        "See you in court on 12.11.2026! {} will answer for this.",
    ),
}


def criticisms() -> list[str]:
    """Return the two hundred texts."""
    return [
        sentence.format(target) for lang, found in SENTENCES.items() for sentence in found for target in TARGETS[lang]
    ]
