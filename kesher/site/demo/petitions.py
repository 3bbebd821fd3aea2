"""The demo's petition policy and areas, and petitions in every state."""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from kesher.site.demo.town import Words, w

POLICY: dict[str, Any] = {
    "supporters": 5,
    "review_hours": 40,
    "open_months": 6,
    "standards": w(
        "בנווה־ים כל אחד ואחת יכולים לפתוח עצומה. אנחנו קוראים כל עצומה, ומשיבים בכתב כשהיא מגיעה ליעד.",
        "في نفيه يام يمكن لكل واحد وواحدة بدء عريضة. نقرأ كل عريضة ونردّ كتابيًا عندما تبلغ هدفها.",
        "В Неве-Ям начать петицию может каждый. Мы читаем каждую и отвечаем письменно, когда она достигает цели.",
        "In Neve Yam anybody may start a petition. We read each one, and answer in writing when it reaches its goal.",
    ),
}
THRESHOLDS: tuple[dict[str, Any], ...] = (
    {"kind": "response", "count": 1000, "level": 1, "days": 30, "names": w("תשובה בכתב מהעירייה", "ردّ كتابي من البلدية", "Письменный ответ мэрии", "The town hall answers in writing")},
    {"kind": "meeting", "count": 500, "level": 2, "days": 21, "names": w("פגישה עם ראש העירייה", "لقاء مع رئيس البلدية", "Встреча с мэром", "A meeting with the mayor")},
    {"kind": "discussion", "count": 3000, "level": 1, "days": 45, "names": w("דיון פתוח במועצת העיר", "جلسة مفتوحة في المجلس البلدي", "Открытое обсуждение в городском совете", "An open debate in the council")},
)  # fmt: skip
# Position on the map; the sea is in the west.
AREAS: tuple[tuple[str, int, int, int, Words], ...] = (
    ("north-beach", 0, 0, 5200, w("החוף הצפוני", "الشاطئ الشمالي", "Северный пляж", "North Beach")),
    ("vineyards", 1, 0, 8900, w("שכונת הכרמים", "حي هكراميم", "ха-Крамим", "The Vineyards")),
    ("oaks", 2, 0, 7400, w("רמת האלון", "رمات هألون", "Рамат-ха-Алон", "Oak Heights")),
    ("lighthouse", 0, 1, 4300, w("המגדלור", "المنارة", "Маяк", "The Lighthouse")),
    ("centre", 1, 1, 11200, w("מרכז העיר", "مركز المدينة", "Центр", "Town centre")),
    ("prophets", 2, 1, 9600, w("הנביאים", "هنفيئيم", "ха-Невиим", "The Prophets")),
    ("harbour", 0, 2, 3800, w("שכונת הנמל", "حي الميناء", "Портовый район", "The Harbour")),
    ("fishermen", 1, 2, 2900, w("סמטאות הדייגים", "أزقة الصيادين", "Рыбацкие переулки", "Fishermen's Lanes")),
    ("carobs", 2, 2, 6700, w("גבעת החרוב", "تلة الخروب", "Холм Харув", "Carob Hill")),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Wish:
    """A citizen's petition, and how far it came; for ``state`` see `services/petitions.py`."""

    code: str
    language: str
    author: str
    title: str
    demand: str
    state: str
    days: int
    background: str = ""
    area: str = ""
    reason: str = ""
    words: Words = field(default_factory=dict)
    supporters: int = 5
    same_as: str = ""  # the number of the petition to sign instead
    signed: int = 0  # besides the supporters, once it was open


WISHES: tuple[Wish, ...] = (
    Wish(
        "83705", "ru", "Игорь Файн", "Скамейки на остановках по улице ха-Невиим",
        "Поставить скамейку с навесом на каждой из шести остановок по улице ха-Невиим до зимы.",
        "gathering", 3, "Пожилые люди ждут автобус стоя, на солнце и под дождём.", "prophets", supporters=3,
    ),
    Wish(
        "27144", "ar", "سمير خليل", "إنارة ملعب كرة القدم في حي الميناء",
        "تركيب إنارة في ملعب كرة القدم في حي الميناء حتى الساعة العاشرة مساءً.",
        "submitted", 2, "بعد الساعة الخامسة شتاءً لا يمكن اللعب، ويبقى الأولاد في الشارع.", "harbour",
    ),
    Wish(
        "90562", "he", "הדס רגב", "גינה קהילתית ברחוב האלון",
        "להקצות את המגרש הריק ברחוב האלון 9 לגינה קהילתית, ולחבר אליו מים.",
        "overdue", 16, "המגרש עומד ריק שבע שנים. 40 משפחות כבר נרשמו לטפל בגינה.", "oaks",
    ),
    Wish(
        "44017", "he", "יונתן פלד", "להאט את התנועה ליד בית הספר",
        "להתקין פסי האטה ומעבר חציה מוגבה ליד בית הספר לפני תחילת שנת הלימודים.",
        "changes", 6, "כל בוקר כמעט קורית תאונה.", "centre",
        words={"he": "כתבו בבקשה באיזה רחוב מדובר, והסירו את שמה של מנהלת בית הספר."},
    ),
    Wish(
        "56318", "he", "טל שקד", "להוריד את המע״מ על ספרי לימוד",
        "לבטל את המע״מ על ספרי לימוד לתלמידים.", "rejected", 21, reason="powers",
        words=w("מיסים נקבעים בכנסת. אפשר לפנות לוועדה לפניות הציבור שלה.", "تُحدَّد الضرائب في الكنيست. يمكن التوجه إلى لجنة توجهات الجمهور فيها.", "Налоги устанавливает кнессет; можно обратиться в его комиссию по обращениям граждан.", "Taxes are set by the Knesset. Its committee for public petitions takes such requests."),
    ),
    Wish(
        "71283", "en", "Grace Cole", "Shade sails for all playgrounds",
        "Put shade sails over every playground of the town before the summer.", "rejected", 11, reason="duplicate", same_as="48213",
    ),
    Wish(
        "38450", "he", "אורי טל", "להחליף את המפקח של השוק",
        "להעביר מתפקידו את המפקח בשוק, ששמו מופיע כאן.", "rejected", 9, reason="personal",
    ),
    Wish(
        "62799", "he", "נועה זיו", "שעון חול ענק בכיכר",
        "להציב שעון חול בגובה שלושה מטרים בכיכר המגדלור.", "lapsed", 45, supporters=2,
    ),
    Wish(
        "15926", "he", "דנה ירדני", "קו 4 יעצור גם בשוק",
        "להסיט את קו 4 כך שיעצור בכניסה לשוק בימי שלישי ושישי.", "closed", 60,
        "מי שקונה בשוק הולך היום רבע שעה עם סלים.", "centre", signed=634,
        words=w("ביקשנו, ומהחודש הקו עוצר בשוק. תודה לכולם!", "طلبنا، ومنذ هذا الشهر يتوقف الخط في السوق. شكرًا للجميع!", "Мы попросили, и с этого месяца автобус останавливается у рынка. Спасибо всем!", "We asked, and since this month the bus stops at the market. Thank you all!"),
    ),
    Wish(
        "20481", "ru", "Полина Резник", "Книги на русском в городской библиотеке",
        "Закупить двести новых книг на русском языке для взрослых и детей.", "archived", 800,
        "На полке стоят книги, которым больше тридцати лет.", "centre", signed=1061,
        words=w("נרכשו 214 ספרים חדשים ברוסית, והם על המדפים בקומה השנייה.", "اشترينا 214 كتابًا جديدًا بالروسية، وهي على الرفوف في الطابق الثاني.", "Куплено 214 новых книг на русском языке; они стоят на втором этаже.", "214 new books in Russian were bought. They stand on the second floor."),
    ),
)  # fmt: skip
AUTHORS_NEWS = "סגרנו סיכום עם מועדון הרוכבים: ביום שישי הקרוב, ב־9:00, רוכבים יחד לאורך המסלול המוצע."
