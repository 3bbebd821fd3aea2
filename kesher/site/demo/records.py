"""The demo's personal records: bills, fines, policies and loans, all made up.

Days are counted from today (+10, -3), so the records never become old.
"""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from typing import Any

from kesher.site.demo.town import Words, w

DANA = "+972505550142"
FATHER = ("+972505550150", "משה לוי")
FOR_ME = w(
    "המידע מ״{}״ ייקרא רק בשבילכם, רק כשאתם נכנסים לעמוד הזה, ולא יימסר לאיש.",
    "تُقرأ المعلومات من «{}» لكم فقط، وعند دخولكم إلى هذه الصفحة فقط، ولا تُنقل إلى أحد.",
    "«{}»: сведения читаются только для вас, только когда вы открываете эту страницу, и никому не передаются.",
    "What “{}” keeps of you is read for you alone, only when you open this page, and passed on to nobody.",
)

ARNONA = w("ארנונה", "الأرنونا", "Арнона", "Property tax (arnona)")
WATER = w("מי נווה־ים", "مياه نفيه يام", "Водоканал Неве-Ям", "Neve Yam Water")
FINES = w("דוחות חניה", "مخالفات وقوف السيارات", "Штрафы за парковку", "Parking fines")
POLICIES = w("ביטוחים", "التأمينات", "Страховки", "Insurance policies")
LIBRARY = w("הספרייה העירונית", "المكتبة البلدية", "Городская библиотека", "City library")
GARDENS = w("רישום לגנים", "التسجيل للروضات", "Запись в детский сад", "Kindergarten registration")
WELFARE = w("שירותים חברתיים", "الخدمات الاجتماعية", "Социальные службы", "Social services")
PERMITS = w("תווי חניה", "تصاريح الوقوف", "Парковочные разрешения", "Parking permits")
REQUESTS = w("הפניות שלי לעירייה", "طلباتي من البلدية", "Мои обращения в мэрию", "My requests to the city")

MY_PETITIONS = w("העצומות שלי", "عرائضي", "Мои петиции", "My petitions")
MY_PURCHASES = w("הרכישות הקבוצתיות שלי", "مشترياتي الجماعية", "Мои совместные покупки", "My group purchases")

CITY = w("עיריית נווה־ים", "بلدية نفيه يام", "Мэрия Неве-Ям", "City of Neve Yam")
LIGHT = w("ביטוח מגדלור", "تأمين مِجدلور", "Страховая «Мигдалор»", "Migdalor Insurance")
HORIZON = w("ביטוח אופק", "تأمين أوفِك", "Страховая «Офек»", "Ofek Insurance")
HOME = w(
    "ביטוח דירה: מבנה ותכולה",
    "تأمين شقة: المبنى والمحتويات",
    "Страхование квартиры: строение и имущество",
    "Home insurance: building and contents",
)

BILLS: list[dict[str, Any]] = [
    {"key": "arn-6", "number": "48213-06", "kind": "bill", "status": "due", "amount": "1224.80", "due": "+12", "provider": CITY,
     "title": w("ארנונה לחודשיים", "أرنونا لشهرين", "Арнона за два месяца", "Property tax for two months"),
     "explanation": w("המס העירוני על הדירה ברחוב הגפן 7, 92 מ״ר. כולל הנחה של 10% להוראת קבע.", "الضريبة البلدية على الشقة في شارع هجيفن 7، 92 م². تشمل خصم 10% للأمر الدائم.", "Городской налог на квартиру, ул. ха-Гефен 7, 92 м². Учтена скидка 10% за постоянное поручение.", "The city's tax on the flat at HaGefen 7, 92 m². Includes 10% off for the standing order.")},
    {"key": "arn-5", "number": "48213-05", "kind": "bill", "status": "paid", "amount": "1224.80", "due": "-48", "provider": CITY,
     "title": w("ארנונה לחודשיים (קודמת)", "أرنونا لشهرين (السابقة)", "Арнона за два месяца (прошлая)", "Property tax for two months (last)")},
]  # fmt: skip

USED: list[dict[str, Any]] = [
    {"key": "w-11", "number": "7700-3312", "kind": "bill", "status": "due", "amount": "186.30", "due": "+5", "provider": WATER,
     "title": w("חשבון מים", "فاتورة مياه", "Счёт за воду", "Water bill"),
     "explanation": w("14 קוב בחודשיים, שתי נפשות רשומות. מי שגרים בדירה יותר יכולים לעדכן ולשלם פחות.", "14 كوبًا في شهرين، شخصان مسجّلان. إذا كان عدد الساكنين أكبر يمكن التحديث ودفع أقل.", "14 м³ за два месяца, записаны двое. Если живёт больше людей, сообщите — станет дешевле.", "14 m³ in two months for two registered people. If more live there, say so and pay less.")},
    {"key": "w-10", "number": "7700-3280", "kind": "bill", "status": "paid", "amount": "171.90", "due": "-56", "provider": WATER,
     "title": w("חשבון מים (קודם)", "فاتورة مياه (السابقة)", "Счёт за воду (прошлый)", "Water bill (last)")},
]  # fmt: skip

PARKED: list[dict[str, Any]] = [
    {"key": "f-1", "number": "990-118273", "kind": "fine", "status": "overdue", "amount": "100", "due": "-9", "provider": CITY,
     "title": w("חניה ללא תשלום, שדרות הים", "وقوف دون دفع، شديروت هيام", "Парковка без оплаты, бульвар ха-Ям", "Unpaid parking, Sea Boulevard"),
     "explanation": w("בעוד 21 יום תתווסף תוספת פיגורים. אפשר לשלם, או לבקש לבטל.", "بعد 21 يومًا أخرى تُضاف غرامة تأخير. يمكن الدفع أو طلب الإلغاء.", "Ещё через 21 день добавится пеня. Можно оплатить или просить об отмене.", "In another 21 days a surcharge is added. Pay it, or ask to have it cancelled.")},
]  # fmt: skip

COVER: list[dict[str, Any]] = [
    {"key": "p-1", "number": "DIR-204417", "kind": "insurance", "status": "active", "amount": "94", "starts": "-220", "ends": "+145", "provider": LIGHT, "title": HOME,
     "explanation": w("94 ₪ בחודש. מכסה את הקירות ואת מה שבתוך הדירה.", "94 ₪ شهريًا. يغطي الجدران وما بداخل الشقة.", "94 ₪ в месяц. Покрывает стены и то, что в квартире.", "₪94 a month. Covers the walls and what is inside.")},
    {"key": "p-3", "number": "CAR-55810", "kind": "insurance", "status": "active", "amount": "212", "starts": "-345", "ends": "+20", "provider": LIGHT,
     "title": w("ביטוח חובה לרכב", "تأمين إلزامي للسيارة", "Обязательная автостраховка", "Compulsory car insurance"),
     "explanation": w("212 ₪ בחודש. בלי ביטוח חובה אסור לנהוג.", "212 ₪ شهريًا. تُمنع القيادة دون تأمين إلزامي.", "212 ₪ в месяц. Без неё водить нельзя.", "₪212 a month. Driving without it is not allowed.")},
]  # fmt: skip
SECOND = {"key": "p-2", "number": "88-30-7714", "kind": "insurance", "status": "active", "amount": "81", "starts": "-1400", "ends": "+310", "provider": HORIZON, "title": HOME,
          "explanation": w("81 ₪ בחודש. נפתחה עם המשכנתא ב״אופק״.", "81 ₪ شهريًا. فُتحت مع قرض السكن.", "81 ₪ в месяц. Открыта вместе с ипотекой.", "₪81 a month. Opened with the mortgage.")}  # fmt: skip

LENT: list[dict[str, Any]] = [
    {"key": "l-1", "number": "3-2210", "kind": "loan", "due": "+3", "provider": LIBRARY,
     "title": w("מישהו לרוץ איתו", "شخص نركض معه", "«С кем бы побегать»", "Someone to Run With"),
     "explanation": w("אפשר להאריך פעמיים, אם לא ממתינים לספר.", "يمكن التمديد مرتين، إذا لم ينتظر أحد الكتاب.", "Можно продлить дважды, если книгу никто не ждёт.", "May be renewed twice if nobody waits for it.")},
    {"key": "l-2", "number": "3-2254", "kind": "loan", "due": "+17", "provider": LIBRARY,
     "title": w("הנסיך הקטן", "الأمير الصغير", "«Маленький принц»", "The Little Prince")},
]  # fmt: skip

SIGNED_UP: list[dict[str, Any]] = [
    {"key": "g-1", "number": "GAN-2027-311", "kind": "benefit", "status": "waiting", "starts": "-14", "provider": w("אגף החינוך", "قسم التعليم", "Управление образования", "Education department"),
     "title": w("גן חובה לשנה הבאה: אורי", "روضة إلزامية للسنة القادمة: أوري", "Подготовительный детсад на следующий год: Ори", "Compulsory kindergarten next year: Uri"),
     "explanation": w("השיבוץ יתפרסם במאי. אין צורך לעשות דבר.", "يُنشر التوزيع في أيار. لا حاجة إلى أي إجراء.", "Распределение объявят в мае. Ничего делать не нужно.", "Places are announced in May. Nothing to do until then.")},
    {"key": "g-2", "number": "GAN-2027-311-C", "kind": "benefit", "status": "missing", "provider": w("אגף החינוך", "قسم التعليم", "Управление образования", "Education department"),
     "title": w("אישור חיסונים לגן", "شهادة تطعيم للروضة", "Справка о прививках для сада", "Vaccination record for the kindergarten"),
     "explanation": w("בלי האישור אי אפשר להשלים את הרישום. אפשר לצלם ולשלוח.", "دون الشهادة لا يكتمل التسجيل. يمكن تصويرها وإرسالها.", "Без справки запись не завершить. Можно сфотографировать и прислать.", "Registration cannot be finished without it. A photo is enough.")},
]  # fmt: skip

DECIDED: list[dict[str, Any]] = [
    {"key": "s-1", "number": "RV-3307", "kind": "benefit", "status": "active", "starts": "-60", "ends": "+305", "provider": CITY,
     "title": w("ליווי של עובדת סוציאלית", "مرافقة عاملة اجتماعية", "Сопровождение социального работника", "A social worker's support"),
     "explanation": w("פגישה פעם בחודש, לפי החלטת הוועדה. אפשר לבקש להפסיק בכל עת.", "لقاء مرة في الشهر، وفق قرار اللجنة. يمكن طلب الإيقاف في أي وقت.", "Встреча раз в месяц, по решению комиссии. Прекратить можно в любое время.", "A meeting once a month, as the committee decided. It can be ended at any time.")},
]  # fmt: skip

# code, kind, icon, name, purposes, level, timeout in seconds, seconds an answer stays fresh, settings
SOURCES: tuple[tuple[str, str, str, Words, Words, int, float, int, dict[str, Any]], ...] = (
    ("arnona", "demo", "home", ARNONA, w("לראות מה לשלם ועד מתי.", "لمعرفة ما يجب دفعه وحتى متى.", "Чтобы видеть, сколько и до какого дня платить.", "To see what to pay, and by when."), 2, 4.0, 900, {"people": {"*": BILLS}, "delay": 0.3}),
    ("water", "demo", "activity", WATER, w("לראות את חשבון המים ואת הצריכה.", "لرؤية فاتورة المياه والاستهلاك.", "Чтобы видеть счёт за воду и расход.", "To see the water bill and what was used."), 2, 4.0, 900, {"people": {"*": USED}, "delay": 0.5}),
    ("fines", "demo", "flag", FINES, w("לראות דוחות פתוחים לפני שהם מתייקרים.", "لرؤية المخالفات المفتوحة قبل أن تزداد.", "Чтобы видеть штрафы до того, как они вырастут.", "To see open fines before they grow."), 2, 6.0, 300, {"people": {"*": PARKED}, "delay": 2.4}),
    ("policies", "demo", "shield", POLICIES, w("לראות את כל הביטוחים יחד, וכפל ביטוח אם יש.", "لرؤية كل التأمينات معًا، والازدواج إن وُجد.", "Чтобы видеть все страховки вместе и заметить двойные.", "To see all policies side by side, and any you pay for twice."), 2, 5.0, 3600, {"people": {"*": COVER, FATHER[0]: [*COVER, SECOND]}, "delay": 0.8}),
    ("library", "demo", "bookmark", LIBRARY, w("לראות מה מושאל ומתי להחזיר.", "لرؤية ما استُعير ومتى يُعاد.", "Чтобы видеть, что взято и когда вернуть.", "To see what is lent and when it goes back."), 1, 3.0, 600, {"people": {"*": LENT}, "delay": 0.2}),
    ("gardens", "demo", "users", GARDENS, w("לראות את מצב הרישום ומה חסר.", "لرؤية حالة التسجيل وما ينقص.", "Чтобы видеть, как идёт запись и чего не хватает.", "To see how the registration stands and what is missing."), 2, 4.0, 900, {"people": {"*": SIGNED_UP}, "delay": 0.6}),
    ("welfare", "demo", "shield", WELFARE, w("לראות מה הוחלט בעניינכם ועד מתי.", "لمعرفة ما تقرر بشأنكم وحتى متى.", "Чтобы видеть, что решено и до какого дня.", "To see what was decided for you, and until when."), 3, 4.0, 900, {"people": {"*": DECIDED}, "delay": 0.4}),
    ("permits", "failing", "tag", PERMITS, w("לראות תווי חניה ומועדי חידוש.", "لرؤية تصاريح الوقوف ومواعيد التجديد.", "Чтобы видеть разрешения и сроки продления.", "To see parking permits and when to renew them."), 2, 3.0, 900, {"way": "error"}),
    ("requests", "own", "inbox", REQUESTS, {}, 1, 3.0, 0, {"what": "cases"}),
    ("petitions", "own", "pen", MY_PETITIONS, {}, 2, 3.0, 0, {"what": "petitions"}),
    ("purchases", "own", "cart", MY_PURCHASES, {}, 2, 3.0, 0, {"what": "purchases"}),
)  # fmt: skip
