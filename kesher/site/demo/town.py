"""The demo municipality: names, teams, staff, channel accounts, and approved templates."""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from typing import Any

Words = dict[str, str]

SLUG = "neve-yam"
PASSWORD = "neve-yam-demo"  # noqa: S105 (printed at every start of the demo)


def w(he: str, ar: str, ru: str, en: str) -> Words:
    """Return a text in four languages as a dict."""
    return {"he": he, "ar": ar, "ru": ru, "en": en}


NAMES = w("עיריית נווה־ים", "بلدية نفيه يام", "Мэрия Неве-Ям", "City of Neve Yam")
AGENCY: dict[str, Any] = {
    "languages": ["he", "ar", "ru", "en"],
    "numbers": {"case": 20400},
    "contact": {
        "phone": "106",
        "email": "moked@neve-yam.example",
        "address": w(
            "שדרות הים 1, נווה־ים", "شديروت هيام 1، نفيه يام", "Бульвар ха-Ям 1, Неве-Ям", "1 Sea Boulevard, Neve Yam"
        ),
        "privacy": "privacy@neve-yam.example",
        "coordinator": {
            "names": w("אורית נחמני", "أوريت نحماني", "Орит Нахмани", "Orit Nahmani"),
            "phone": "03-555-0110",
            "email": "negishut@neve-yam.example",
        },
    },
}

TEAMS: dict[str, Words] = {
    "hotline": w("מוקד 106", "مركز 106", "Центр 106", "106 hotline"),
    "roads": w("תשתיות ודרכים", "بنى تحتية وطرق", "Дороги и инфраструктура", "Roads and infrastructure"),
    "city-looks": w("שיפור פני העיר", "تحسين مظهر المدينة", "Благоустройство", "Cleaning and waste"),
    "gardens": w("גנים ונוף", "حدائق ومساحات خضراء", "Парки и сады", "Parks and gardens"),
    "inspection": w("פיקוח עירוני", "التفتيش البلدي", "Городская инспекция", "City inspection"),
    "water": w("מים וביוב", "مياه ومجارٍ", "Вода и канализация", "Water and sewage"),
    "revenue": w("גבייה וארנונה", "الجباية والأرنونا", "Сборы и арнона", "Revenue and property tax"),
    "education": w("חינוך", "التعليم", "Образование", "Education"),
}

# username, name, role, teams, languages
NATIONAL: dict[str, Any] = {
    "key": "national",
    "names": w("הזדהות לאומית (הדגמה)", "الدخول الوطني (تجريبي)", "Национальный вход (демо)", "National login (demo)"),
    "issuer": "https://login.example",
    "client_id": "neve-yam",
}

STAFF: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("ruth", "רותי כהן", "clerk", ("hotline", "roads"), ("he", "en")),
    ("yusuf", "يوسف نصّار", "clerk", ("hotline", "city-looks"), ("ar", "he")),
    ("lena", "Лена Барак", "clerk", ("hotline", "revenue"), ("ru", "he")),
    ("miriam", "מרים אזולאי", "manager", ("hotline",), ("he", "ar")),
    ("admin", "מנהלת המערכת", "admin", (), ("he", "en")),
)
PRINTED = ("ruth", "miriam", "admin")

# Short names of accounts; other channels use their brand's name.
SHORT: dict[str, Words] = {
    "sms": w("סמס", "SMS", "SMS", "SMS"),
    "kannel": w("סמס (שער פנימי)", "SMS (بوابة داخلية)", "SMS (свой шлюз)", "SMS (own gateway)"),
    "email": w("דוא״ל", "بريد إلكتروني", "Почта", "E-mail"),
}

# channel, address, displayed address, settings that do not depend on the server's URL, public
ACCOUNTS: tuple[tuple[str, str, str, dict[str, Any], bool], ...] = (
    ("webchat", "", "", {}, True),
    ("whatsapp", "1122334455667", "+97235550100", {"verify_token": "neve-yam"}, True),
    ("telegram", "neve_yam_bot", "", {}, True),
    ("sms", "+97235550101", "+97235550101", {"account_sid": "AC00000000000000000000000000000001"}, True),
    ("kannel", "+97235550102", "+97235550102", {"username": "kesher", "allowed_ips": "127.0.0.1"}, False),
    ("email", "moked@neve-yam.example", "moked@neve-yam.example", {"from_name": NAMES, "accent": "#0b6b6b"}, True),
)

# name, purpose, words
TEMPLATES: tuple[tuple[str, str, Words], ...] = (
    (
        "case_update",
        "service",
        w(
            "שלום {{1}}, יש חדש בפנייה מספר {{2}}. אפשר להשיב כאן ונמשיך.",
            "مرحبًا {{1}}، هناك جديد بخصوص الطلب رقم {{2}}. يمكنكم الرد هنا لنتابع.",
            "Здравствуйте, {{1}}! Есть новости по обращению № {{2}}. Ответьте здесь, и мы продолжим.",
            "Hello {{1}}, there is news about your request {{2}}. Answer here and we will go on.",
        ),
    ),
    (
        "more_details",
        "service",
        w(
            "שלום {{1}}, כדי לטפל בפנייה מספר {{2}} חסר לנו פרט אחד. אפשר להשיב כאן.",
            "مرحبًا {{1}}، لمعالجة الطلب رقم {{2}} تنقصنا معلومة واحدة. يمكنكم الرد هنا.",
            "Здравствуйте, {{1}}! Для обращения № {{2}} нам не хватает одной детали. Ответьте, пожалуйста, здесь.",
            "Hello {{1}}, to handle your request {{2}} we need one more detail. Please answer here.",
        ),
    ),
    (
        "petition_news",
        "information",
        w(
            "יש חדש בעצומה ״{{1}}״. לפרטים השיבו ״חדשות״, להסרה השיבו ״הסר״.",
            "هناك جديد في العريضة «{{1}}». للتفاصيل ردّوا بكلمة «أخبار»، ولإيقاف الرسائل «إيقاف».",
            "Есть новости о петиции «{{1}}». Подробнее: «новости», отказаться: «стоп».",
            "There is news about the petition “{{1}}”. For details answer “news”, to refuse answer “stop”.",
        ),
    ),
)

# Made-up street addresses by language, with coordinates in degrees.
STREETS: tuple[tuple[Words, float, float], ...] = (
    (w("הרצל 12", "هرتسل 12", "Герцль 12", "Herzl 12"), 32.6822, 34.9290),
    (w("שדרות הים 31", "شديروت هيام 31", "бульвар ха-Ям 31", "Sea Boulevard 31"), 32.6795, 34.9268),
    (w("הגפן 7", "هجيفن 7", "ха-Гефен 7", "HaGefen 7"), 32.6841, 34.9322),
    (w("האלון 4", "هألون 4", "ха-Алон 4", "HaAlon 4"), 32.6858, 34.9301),
    (w("סמטת הדייגים 3", "زقاق الصيادين 3", "Рыбацкий переулок 3", "Fishermen's Lane 3"), 32.6777, 34.9249),
    (w("דרך הנמל 9", "طريق الميناء 9", "Портовая дорога 9", "Harbour Road 9"), 32.6763, 34.9261),
    (w("החרוב 22", "هحروف 22", "ха-Харув 22", "HaHaruv 22"), 32.6874, 34.9337),
    (w("הנביאים 18", "هنفيئيم 18", "ха-Невиим 18", "HaNevi'im 18"), 32.6810, 34.9315),
    (w("כיכר המגדלור", "دوار المنارة", "площадь Маяка", "Lighthouse Square"), 32.6784, 34.9283),
    (
        w("גן השעשועים, רחוב התאנה", "ملعب شارع هتئنا", "детская площадка, ул. Теэна", "Playground, HaTe'ena St"),
        32.6833,
        34.9344,
    ),
)

# First and family names, combined at random.
FIRST: dict[str, tuple[str, ...]] = {
    "he": ("אורלי", "איתן", "בועז", "גילה", "דפנה", "הדס", "זהבה", "חיים", "טליה", "יואב", "כרמית", "לירון", "מאיר", "נטע", "סיגל", "עידו", "פנינה", "צחי", "קרן", "רותם", "שלומי", "תהילה"),
    "ar": ("أمل", "باسم", "جميل", "حنان", "دينا", "رامي", "زينب", "سمير", "شادي", "عبير", "فادي", "كريم", "لبنى", "مها", "نادر", "هالة"),
    "ru": ("Алла", "Виктор", "Галина", "Денис", "Елена", "Игорь", "Ксения", "Леонид", "Марина", "Олег", "Полина", "Юрий"),
    "en": ("Adam", "Beth", "Claire", "Ethan", "Grace", "Hannah", "Jacob", "Lucy", "Nathan", "Rachel"),
}  # fmt: skip
FAMILY: dict[str, tuple[str, ...]] = {
    "he": ("אדרי", "ביטון", "גבאי", "דרור", "הררי", "ויצמן", "זיו", "חדד", "טל", "ירדני", "כרמל", "לביא", "מור", "נבון", "סגל", "עוז", "פלד", "צור", "קדוש", "רגב", "שקד", "תמיר"),
    "ar": ("أبو حمد", "بدران", "جبارين", "حجازي", "خليل", "دراوشة", "سعيد", "شاهين", "عودة", "فرح", "قاسم", "مصاروة"),
    "ru": ("Бергман", "Гольдин", "Зильберг", "Коган", "Либерман", "Меламед", "Резник", "Соловей", "Файн", "Шапиро"),
    "en": ("Adler", "Brooks", "Cole", "Fisher", "Gordon", "Harris", "Klein", "Marks", "Stone", "Wells"),
}  # fmt: skip
# The share of residents who speak each language.
SHARES = {"he": 0.62, "ar": 0.17, "ru": 0.15, "en": 0.06}
