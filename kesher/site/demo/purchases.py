"""The demo's group purchases."""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kesher.site.demo import goods
from kesher.site.demo.town import Words, w

Ladder = tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Bid:
    """An offer: seller, price ladder in shekels, and terms. ``votes``: how many members prefer it."""

    seller: str
    number: str
    ladder: Ladder
    terms: Words
    votes: int = 0
    proposed: bool = False
    box: int = 1
    stock: int | None = None
    minimum: int = 1
    each: int = 3


@dataclass(frozen=True, slots=True)
class Plan:
    """A purchase: texts, picture, offers, how many joined, and its state.

    ``wishes``: (units, tolerance) of the pledges, repeated as often as needed.
    """

    code: str
    titles: Words
    texts: Words
    picture: Callable[[], bytes]
    alt: str
    state: str
    bids: tuple[Bid, ...]
    days: int
    closes: int
    people: int
    interested: int = 0
    wishes: tuple[tuple[int, int], ...] = ((1, 0),)
    tie: str = "first"
    organiser: str = ""
    declared: Words = field(default_factory=dict)
    points: tuple[tuple[Words, str], ...] = ()


SUN = w(
    "דוד 150 ליטר ושני קולטים, כולל התקנה, מבחן לחץ ופינוי הדוד הישן. אחריות 8 שנים לדוד ו־6 לקולטים.",
    "خزان 150 لترًا ولاقطان، يشمل التركيب وفحص الضغط وإخلاء الخزان القديم. كفالة 8 سنوات للخزان و6 للاقطين.",
    "Бак 150 литров и два коллектора, с установкой, опрессовкой и вывозом старого. Гарантия: бак 8 лет, коллекторы 6.",
    "A 150-litre tank and two collectors, with installation, a pressure test and removal of the old one. Warranty: 8 years for the tank, 6 for the collectors.",
)
CENTRE = (
    w(
        "המתנ״ס בשכונת הכרמים",
        "المركز الجماهيري في حي هكراميم",
        "Матнас в районе ха-Крамим",
        "Community centre, Vineyards quarter",
    ),
    "הגפן 7",
)
MARKET = (
    w("רחבת השוק העירוני", "ساحة السوق البلدي", "Площадь городского рынка", "The town market square"),
    "דרך הנמל 9",
)

PLANS: tuple[Plan, ...] = (
    Plan(
        code="52712",
        titles=w("דודי שמש לשכונת הכרמים", "سخانات شمسية لحي هكراميم", "Солнечные бойлеры для района ха-Крамим", "Solar water heaters for the Vineyards quarter"),
        texts=w(
            "הדודים בשכונה בני חמש־עשרה ויותר, והתקלות מתרבות. כשמזמינים יחד, המתקין עובר בניין אחרי בניין, והמחיר יורד לכולם.",
            "سخانات الحي عمرها خمسة عشر عامًا وأكثر والأعطال تزداد. حين نطلب معًا ينتقل الفنّي من عمارة إلى عمارة، وينخفض السعر للجميع.",
            "Бойлерам в районе по пятнадцать лет и больше, они всё чаще ломаются. Если заказать вместе, мастер обходит дом за домом, и цена падает для всех.",
            "The heaters in the quarter are fifteen years old and more, and break more and more often. If we order together the fitter goes from house to house, and the price falls for everybody.",
        ),
        picture=goods.heaters,
        alt="ציור: דודי שמש על גגות בתים בשכונה, והשמש מעליהם",
        state="open",
        bids=(
            Bid("שמש הצפון – מערכות סולריות", "51-0000012", ((1, 5200), (20, 4650), (40, 4150), (60, 3900)), SUN, votes=31, minimum=15),
            Bid("גג חם מים", "51-0000038", ((1, 4990), (30, 4700)), w("כולל התקנה. אחריות 5 שנים.", "يشمل التركيب. كفالة 5 سنوات.", "С установкой. Гарантия 5 лет.", "With installation. Warranty 5 years."), votes=9, minimum=10),
        ),
        days=19,
        closes=11,
        people=28,
        interested=64,
        wishes=((1, 0), (1, 0), (1, 0), (2, 0), (1, 0)),
        organiser="ועד שכונת הכרמים",
        points=(CENTRE,),
    ),
    Plan(
        code="36480",
        titles=w("מי רוצה פאנלים סולריים?", "من يريد ألواحًا شمسية؟", "Кому солнечные панели?", "Who wants solar panels?"),
        texts=w(
            "גג משותף של עשרים דירות מייצר חשמל בשווי של כ־18,000 ש״ח בשנה. אם נהיה מספיק, נבקש הצעות לסקר גגות, להתקנה ולליווי מול חברת החשמל.",
            "سطح مشترك لعشرين شقة ينتج كهرباء بقيمة نحو 18,000 شيكل في السنة. إذا كنا كفاية، نطلب عروضًا لفحص الأسطح والتركيب والمرافقة أمام شركة الكهرباء.",
            "Общая крыша двадцати квартир даёт электричества примерно на 18 000 шекелей в год. Если нас наберётся достаточно, мы попросим предложения на обследование крыш, установку и оформление.",
            "A shared roof of twenty flats makes electricity worth about 18,000 shekels a year. If there are enough of us we ask for offers: a survey of the roofs, installation, and the papers with the electric company.",
        ),
        picture=goods.panels,
        alt="ציור: לוחות סולריים על גג של בית משותף",
        state="interest",
        bids=(
            Bid("קרני אור – אנרגיה שיתופית", "51-0000053", ((1, 21000), (8, 18900), (15, 17500)), w("לבניין של עד 20 דירות: 15 קילוואט, ממיר, ניטור וביטוח לשנה.", "لعمارة حتى 20 شقة: 15 كيلوواط، عاكس، مراقبة وتأمين لسنة.", "На дом до 20 квартир: 15 кВт, инвертор, мониторинг и страховка на год.", "For a house of up to 20 flats: 15 kW, inverter, monitoring and insurance for a year."), votes=22, minimum=5),
            Bid("גגות ירוקים", "51-0000061", ((1, 19800), (10, 18400)), w("לבניין של עד 20 דירות: 12 קילוואט, ממיר. ניטור בתוספת תשלום.", "لعمارة حتى 20 شقة: 12 كيلوواط وعاكس. المراقبة بدفع إضافي.", "На дом до 20 квартир: 12 кВт, инвертор. Мониторинг за доплату.", "For a house of up to 20 flats: 12 kW, inverter. Monitoring costs extra."), votes=13, minimum=5),
            Bid("שמש הצפון – מערכות סולריות", "51-0000012", ((1, 20500), (6, 18200), (12, 16900)), w("לבניין של עד 20 דירות: 15 קילוואט, ממיר, ניטור לשלוש שנים.", "لعمارة حتى 20 شقة: 15 كيلوواط، عاكس، مراقبة لثلاث سنوات.", "На дом до 20 квартир: 15 кВт, инвертор, мониторинг на три года.", "For a house of up to 20 flats: 15 kW, inverter, monitoring for three years."), proposed=True, minimum=4),
        ),
        days=8,
        closes=0,
        people=0,
        interested=46,
        organiser="תמר שגיא",
        declared=w("בן זוגי עובד בחברת ייעוץ לאנרגיה; היא אינה מציעה כאן.", "", "", ""),
    ),
    Plan(
        code="81534",
        titles=w("שמן זית מהגליל, ישר מהבד", "زيت زيتون من الجليل، من المعصرة مباشرة", "Оливковое масло из Галилеи, прямо с маслобойни", "Olive oil from Galilee, straight from the press"),
        texts=w(
            "פח של 5 ליטר, מסיק השנה, כתית מעולה. הבד מוכר בארגזים של שנים־עשר פחים.",
            "تنكة 5 لترات، قطاف هذا الموسم، بكر ممتاز. المعصرة تبيع بصناديق من اثنتي عشرة تنكة.",
            "Банка 5 литров, урожай этого года, первого отжима. Маслобойня продаёт ящиками по двенадцать банок.",
            "A can of 5 litres, this year's harvest, extra virgin. The press sells boxes of twelve cans.",
        ),
        picture=goods.oil,
        alt="ציור: שלושה פחי שמן זית, ומאחוריהם עצי זית",
        state="filling",
        bids=(Bid("בית הבד משפחת נסאר", "51-0000079", ((1, 260), (24, 235), (48, 215)), w("אספקה לשוק העירוני, יום שישי בבוקר.", "التسليم في السوق البلدي، صباح الجمعة.", "Доставка на городской рынок в пятницу утром.", "Delivered to the town market on Friday morning."), box=12, minimum=24, each=6),),
        days=16,
        closes=-1,
        people=24,
        interested=38,
        wishes=((2, 0), (1, 1), (2, 0), (3, 0), (1, 0), (1, 0)),
        organiser="סלים נסאר",
        declared=w("בית הבד שייך לדודי. המחיר לקבוצה נמוך ב־20% מהמחיר בחנות.", "المعصرة لعمّي. سعر المجموعة أقل بـ20% من سعر المتجر.", "Маслобойня принадлежит моему дяде. Цена для группы на 20% ниже магазинной.", "The press belongs to my uncle. The group's price is 20% below the shop's."),
        points=(MARKET, CENTRE),
    ),
    Plan(
        code="64906",
        titles=w("עצי פרי לחצר ולמרפסת", "أشجار مثمرة للساحة والشرفة", "Плодовые деревья для двора и балкона", "Fruit trees for yard and balcony"),
        texts=w(
            "לימון, קלמנטינה, רימון ותאנה בעציץ 25 ליטר, ממשתלה שמגדלת בלי ריסוס.",
            "ليمون وكلمنتينا ورمان وتين في أصيص 25 لترًا، من مشتل بلا رش.",
            "Лимон, клементин, гранат и инжир в горшке 25 литров, из питомника без опрыскивания.",
            "Lemon, clementine, pomegranate and fig in a pot of 25 litres, from a nursery that does not spray.",
        ),
        picture=goods.saplings,
        alt="ציור: חמישה עצי פרי צעירים בעציצים",
        state="fulfilled",
        bids=(Bid("משתלת עמק החולה", "51-0000087", ((1, 140), (30, 118), (60, 99)), w("כולל הדרכת שתילה בעברית, בערבית וברוסית.", "يشمل إرشادًا للزراعة بالعبرية والعربية والروسية.", "С инструкцией по посадке на иврите, арабском и русском.", "With planting advice in Hebrew, Arabic and Russian."), minimum=20, each=4),),
        days=61,
        closes=-33,
        people=37,
        interested=71,
        wishes=((2, 0), (1, 0), (2, 0), (3, 0), (1, 0)),
        points=(CENTRE,),
    ),
    Plan(
        code="20759",
        titles=w("מחשבים מחודשים לתלמידים", "حواسيب مجدَّدة للطلاب", "Восстановленные ноутбуки для школьников", "Renewed laptops for pupils"),
        texts=w(
            "מחשב נייד מחודש עם אחריות לשנה. יש 40 בלבד, ולכן נקבע מראש שתיערך הגרלה שכל אחד ואחת יכולים לבדוק.",
            "حاسوب محمول مجدَّد بكفالة سنة. لا يوجد سوى 40، ولذلك تقرر مسبقًا إجراء قرعة يمكن للجميع فحصها.",
            "Восстановленный ноутбук с гарантией на год. Их всего 40, поэтому заранее решено провести жеребьёвку, которую может проверить каждый.",
            "A renewed laptop with a year's warranty. There are only 40, so it was settled beforehand that a lottery decides, which anybody can check.",
        ),
        picture=goods.laptops,
        alt="ציור: שלושה מחשבים ניידים על שולחן בכיתה",
        state="open",
        bids=(Bid("מעגל – מחשבים מחודשים", "58-0000094", ((1, 890), (25, 790)), w("מעבד מהדור האחרון שנבדק, 16 גיגה, סוללה חדשה.", "معالج حديث مفحوص، 16 جيجا، بطارية جديدة.", "Проверенный процессор, 16 ГБ, новый аккумулятор.", "A tested processor, 16 GB, a new battery."), stock=40, minimum=10, each=2),),
        days=6,
        closes=4,
        people=41,
        interested=58,
        wishes=((1, 0), (2, 0), (1, 0)),
        tie="lottery",
        points=(CENTRE,),
    ),
)  # fmt: skip
