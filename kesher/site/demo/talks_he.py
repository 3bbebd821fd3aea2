"""Conversations in Hebrew."""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from kesher.site.demo import pictures
from kesher.site.demo.talks import DAY, HOUR, Line, Matter, Talk

ASKED = "על מה תרצו לדווח?"
WHERE = "היכן זה?\nרחוב ומספר בית, או שלחו את המיקום שלכם."
WORDS = "מה קרה?\nבמילים שלכם, בכל שפה."
PHOTO = "יש תמונה?"
THANKS = "תודה. הדיווח התקבל. מספר: {number}. {topic}: לטיפול {standard}."
TOPICS = ("בור או מדרכה", "תאורת רחוב", "פח לא פונה", "גזם וגרוטאות", "ניקיון רחוב")

TALKS: tuple[Talk, ...] = (
    Talk(
        "יעל מזרחי", "he", {"whatsapp": "+972505550201"},
        (
            Line(2 * DAY + 300, "in", "לדווח על מפגע"),
            Line(2 * DAY + 300, "bot", ASKED, options=TOPICS),
            Line(2 * DAY + 299, "in", "בור או מדרכה"),
            Line(2 * DAY + 299, "bot", WHERE),
            Line(2 * DAY + 298, "in", "", street=0),
            Line(2 * DAY + 298, "bot", WORDS),
            Line(2 * DAY + 296, "in", "בור ענק ליד מעבר החציה, כל בוקר עוברים שם ילדים בדרך לבית הספר", picture=pictures.pothole),
            Line(2 * DAY + 296, "bot", THANKS),
            Line(2 * DAY + 120, "event", "רותי כהן לקחה את הטיפול"),
            Line(2 * DAY + 118, "ruth", "שלום יעל, תודה על התמונה, היא עוזרת מאוד. הצוות יגיע לסמן את המקום עוד היום."),
            Line(2 * DAY + 110, "note:ruth", "דיברתי עם דני מתשתיות: חסר אספלט, מגיע מחר."),
            Line(35, "in", "היי, עדיין לא תיקנו. הבוקר נפל שם ילד מהאופניים. מתי זה קורה?"),
        ),
        Matter("pothole", "open", assignee="ruth", line=6, street=0, public=True), waits=35, assignee="ruth", held=True,
    ),
    Talk(
        "יעל מזרחי", "he", {"email": "yael.mizrahi@example.org"},
        (
            Line(6 * DAY, "in", "שלום, אשמח לדעת אם יש הנחה בארנונה למשפחה חד־הורית. תודה, יעל מזרחי, הרצל 12"),
            Line(6 * DAY - 60, "lena", "שלום יעל, כן, עד 20 אחוז. שלחתי לך קישור לטופס. אפשר להגיש אותו גם כאן, בתשובה למכתב הזה."),
            Line(5 * DAY, "in", "תודה רבה! הגשתי."),
        ),
        Matter("property-tax", "closed", kind="question", assignee="lena", solved=5 * DAY - 30),
    ),
    Talk(
        "אבי שרון", "he", {"sms": "+972525550202"},
        (
            Line(130, "in", "הפנס מול הבית שלי לא דולק כבר שבוע. האלון 4"),
            Line(130, "bot", "לא הבנתי. בחרו אחת מהאפשרויות, או כתבו ״נציג״ כדי לדבר עם אדם."),
            Line(128, "in", "נציג"),
            Line(128, "bot", "נציג או נציגה ישיבו לכם כאן. מספר הפנייה: {number}."),
        ),
        Matter("street-light", "new", kind="question", line=0), waits=128, held=True,
    ),
    Talk(
        "נועה ברק", "he", {"whatsapp": "+972545550203", "email": "noa.barak@example.org"},
        (
            Line(3 * DAY, "in", "שלום, אנחנו חמש נפשות. מגיעה לנו הנחה בארנונה?"),
            Line(3 * DAY - 1, "bot", "נציג או נציגה ישיבו לכם כאן. מספר הפנייה: {number}."),
            Line(3 * DAY - 90, "lena", "שלום נועה, ייתכן. יש לצרף תלושי שכר של שלושת החודשים האחרונים. אפשר לשלוח לכאן או בדוא״ל."),
            Line(2 * DAY, "in", "מצורפים שני תלושים, השלישי יגיע בראשון", channel="email"),
            Line(2 * DAY - 45, "lena", "קיבלתי את שניהם, תודה. נמשיך כשיגיע השלישי.", channel="email"),
        ),
        Matter("property-tax", "pending", kind="question", assignee="lena"), assignee="lena", held=True,
    ),
    Talk(
        "", "he", {"webchat": "demo-visitor-0204"},
        (
            Line(14, "in", "עד מתי אפשר להירשם לגן עירייה לשנה הבאה?"),
            Line(14, "bot", "נציג או נציגה ישיבו לכם כאן. מספר הפנייה: {number}."),
            Line(12, "in", "ומה קורה אם עוברים דירה באמצע השנה?"),
        ),
        Matter("registration", "new", kind="question"), waits=14, held=True,
    ),
    Talk(
        "תמר רוזן", "he", {"telegram": "5550205"},
        (
            Line(4 * DAY, "in", "לדווח על מפגע"),
            Line(4 * DAY, "bot", ASKED, options=TOPICS),
            Line(4 * DAY - 1, "in", "גינה או גן שעשועים"),
            Line(4 * DAY - 1, "bot", WHERE),
            Line(4 * DAY - 2, "in", "גן השעשועים ברחוב התאנה"),
            Line(4 * DAY - 2, "bot", WORDS),
            Line(4 * DAY - 3, "in", "שרשרת של נדנדה נקרעה, מסוכן"),
            Line(4 * DAY - 3, "bot", THANKS),
            Line(4 * DAY - 90, "ruth", "תודה תמר. הנדנדה נסגרה לשימוש, והחלק החדש מגיע מחר."),
            Line(3 * DAY, "event", "#{number}: טופלה"),
            Line(3 * DAY, "bot", "פנייה מספר {number}: טופלה."),
            Line(3 * DAY - 60, "in", "ראיתי שתיקנתם. תודה, מהיר!"),
        ),
        Matter("playground", "solved", assignee="ruth", line=6, street=9, solved=3 * DAY),
    ),
    Talk(
        "יוסי אלמוג", "he", {"email": "yossi.almog@example.org"},
        (
            Line(5 * DAY, "in", "לכבוד העירייה,\nזה שלושה שבועות שעבודות הבנייה ברחוב החרוב 22 מתחילות בחמש וחצי בבוקר. החוק מתיר משש. פניתי לקבלן ונעניתי בצחוק.\nאבקש אכיפה.\nבברכה, יוסי אלמוג"),
            Line(5 * DAY - 1, "bot", "תודה. הפנייה התקבלה ומספרה {number}. נשיב לכתובת הזו."),
            Line(4 * DAY, "ruth", "שלום יוסי, הפנייה הועברה לפיקוח העירוני. פקח יגיע לאתר בבוקר."),
            Line(4 * DAY - 5, "note:ruth", "הפיקוח מבקש שעות מדויקות, אולי וידאו. לבדוק גם היתר עבודה בלילה."),
            Line(26 * HOUR, "in", "לא ראיתי פקח. היום התחילו ב־05:20. מצורף תיעוד."),
        ),
        Matter("noise", "open", kind="question", assignee="ruth", street=6), waits=26 * HOUR, assignee="ruth", held=True,
    ),
    Talk(
        "שירה גולן", "he", {"whatsapp": "+972535550206"},
        (
            Line(1 * DAY, "in", "לחתום 48213"),
            Line(1 * DAY, "bot", "הצללה בגני השעשועים לפני הקיץ\n\n3,398 חתמו. ב־5,000: ראש העירייה ישיב בכתב, ומועצת העיר תדון בכך.\n\nהאם לחתום על העצומה?", options=("כן", "לא")),
            Line(1 * DAY - 1, "in", "כן"),
            Line(1 * DAY - 1, "bot", "תודה. חתמתם על ״הצללה בגני השעשועים לפני הקיץ״. מספר האישור שלכם: 7KQ2MXWD."),
        ),
    ),
    Talk(
        "רפי דהן", "he", {"sms": "+972505550207"},
        (
            Line(8 * HOUR, "in", "הרכב של השכן חוסם את החניון כל יום. הנביאים 18"),
            Line(8 * HOUR, "bot", "נציג או נציגה ישיבו לכם כאן. מספר הפנייה: {number}."),
            Line(7 * HOUR, "ruth", "שלום רפי, הפיקוח בדרך. באיזו שעה הרכב עומד שם בדרך כלל?", state="failed", error="30003 Unreachable destination handset"),
        ),
        Matter("parking-blocked", "open", kind="question", assignee="ruth", street=7), assignee="ruth", held=True,
    ),
    Talk(
        "גלית פרידמן", "he", {"whatsapp": "+972545550208"},
        (
            Line(2 * DAY, "in", "עץ ענק נוטה על הגדר של הגן ברחוב האלון, אחרי הרוח של אתמול"),
            Line(2 * DAY, "bot", "נציג או נציגה ישיבו לכם כאן. מספר הפנייה: {number}."),
            Line(2 * DAY - 15, "ruth", "תודה גלית. סגרנו את השביל, ואגרונום יבדוק את העץ."),
            Line(1 * DAY, "note:ruth", "ממתינים לאישור כריתה ממשרד החקלאות."),
            Line(1 * DAY - 10, "ruth", "האגרונום קבע שצריך לכרות. ביקשנו אישור, ונעדכן כאן כשיגיע."),
        ),
        Matter("tree-danger", "on_hold", kind="question", assignee="ruth", street=3), assignee="ruth", held=True,
    ),
    Talk(
        "מיכל עמיר", "he", {"kannel": "+972525550209"},
        (
            Line(4 * DAY + 60, "in", "לדווח פח לא פונה הגפן 7"),
            Line(4 * DAY + 59, "bot", THANKS),
            Line(3 * DAY + 100, "bot", "פנייה מספר {number}: טופלה."),
            Line(55, "in", "הפח שוב מלא עד הרחוב"),
        ),
        Matter("bin", "open", street=2, public=True), waits=55,
    ),
    Talk(
        "דוד כספי", "he", {"sms": "+972545550210"},
        (
            Line(9 * DAY, "in", "לחתום 61940"),
            Line(9 * DAY, "bot", "תודה. חתמתם על ״שביל אופניים רציף לאורך הים״. מספר האישור שלכם: X4TNR8PE."),
            Line(3 * DAY, "in", "הסר"),
            Line(3 * DAY, "bot", "בוצע. לא יישלחו אליכם עוד עדכונים או דיוור, בשום ערוץ. תשובות על פניות פתוחות שלכם ימשיכו להגיע; כדי להפסיק גם אותן כתבו ״הסר הכול״."),
        ),
        refused=True,
    ),
    Talk(
        "עדנה לביא", "he", {"sms": "+972505550211"},
        (
            Line(20 * HOUR, "event", "שיחת טלפון נרשמה"),
            Line(20 * HOUR, "note:ruth", "בת 81, לא רואה טוב. ביקשה שיפנו ספה ישנה מהכניסה. לחזור אליה בטלפון, לא ב־SMS."),
        ),
        Matter("junk", "open", kind="call", assignee="ruth", street=1), assignee="ruth",
    ),
)  # fmt: skip
