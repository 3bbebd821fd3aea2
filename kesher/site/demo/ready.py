"""The demo's canned responses: name, topic ("" for all), and text."""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from kesher.site.demo.town import Words, w

READY: tuple[tuple[str, str, Words], ...] = (
    (
        "בבדיקה",
        "",
        w(
            "שלום {name}, הפנייה התקבלה ומספרה {number}. אנחנו בודקים ונחזור אליכם כאן. {me}, {agency}",
            "مرحبًا {name}، وصلنا طلبكم ورقمه {number}. نفحص الأمر وسنعود إليكم هنا. {me}، {agency}",
            "Здравствуйте, {name}! Обращение принято, его номер {number}. Мы проверяем и ответим вам здесь. {me}, {agency}",
            "Hello {name}, we have your request, number {number}. We are looking into it and will answer you here. {me}, {agency}",
        ),
    ),
    (
        "חסרה כתובת",
        "",
        w(
            "כדי שהצוות יגיע למקום הנכון, כתבו לנו בבקשה רחוב ומספר בית, או שלחו מיקום.",
            "لكي يصل الفريق إلى المكان الصحيح، نرجو كتابة الشارع ورقم البيت أو إرسال الموقع.",
            "Чтобы бригада приехала куда нужно, напишите, пожалуйста, улицу и номер дома или пришлите геопозицию.",
            "So that the team comes to the right place, please write the street and the house number, or send your location.",
        ),
    ),
    (
        "טופל, תודה",
        "",
        w(
            "שלום {name}, הטיפול הסתיים. אם משהו עדיין לא בסדר, כתבו לנו כאן ונפתח את הפנייה מחדש. תודה שפניתם!",
            "مرحبًا {name}، انتهت المعالجة. إذا بقي شيء غير سليم فاكتبوا لنا هنا ونعيد فتح الطلب. شكرًا لتوجهكم!",
            "Здравствуйте, {name}! Работы закончены. Если что-то ещё не в порядке, напишите сюда, и мы вернёмся к обращению. Спасибо!",
            "Hello {name}, the work is done. If something is still not right, write to us here and we will open the request again. Thank you!",
        ),
    ),
    (
        "תאורה: הוזמן חשמלאי",
        "street-light",
        w(
            "שלום {name}, הזמנו חשמלאי לפנס שדיווחתם עליו. בדרך כלל התיקון נעשה בתוך שני ימי עבודה.",
            "مرحبًا {name}، طلبنا كهربائيًا للعمود الذي بلّغتم عنه. يتم التصليح عادةً خلال يومي عمل.",
            "Здравствуйте, {name}! К фонарю, о котором вы сообщили, вызван электрик. Обычно ремонт занимает два рабочих дня.",
            "Hello {name}, an electrician is on order for the lamp that you reported. It is usually mended within two working days.",
        ),
    ),
    (
        "פינוי: הסבב הבא",
        "bin",
        w(
            "שלום {name}, משאית הפינוי תחזור לרחוב שלכם בסבב של מחר בבוקר. אם הפח יישאר מלא, כתבו לנו כאן.",
            "مرحبًا {name}، ستعود شاحنة الإخلاء إلى شارعكم في جولة صباح الغد. إذا بقيت الحاوية ممتلئة فاكتبوا لنا هنا.",
            "Здравствуйте, {name}! Мусоровоз вернётся на вашу улицу завтра утром. Если бак останется полным, напишите нам сюда.",
            "Hello {name}, the truck comes back to your street on tomorrow morning's round. If the bin is still full then, write to us here.",
        ),
    ),
)
