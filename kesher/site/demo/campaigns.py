"""The demo's petitions with many signatures."""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from kesher.site.demo import pictures
from kesher.site.demo.town import Words, w


@dataclass(frozen=True, slots=True)
class Campaign:
    """A petition: texts, picture, and how many signed in how many days.

    ``closes``: days from now (negative: it has ended). ``near``: the areas that sign most. ``author``: the name on the
    page. ``answer``: the town's reply; ``news``: an update on its page.
    """

    code: str
    titles: Words
    demands: Words
    backgrounds: Words
    goals: Words
    picture: Callable[[], bytes]
    alt: str
    threshold: int
    signed: int
    days: int
    closes: int | None
    language: str = "he"
    near: tuple[str, ...] = ()
    author: str = ""
    answer: Words = field(default_factory=dict)
    news: Words = field(default_factory=dict)


CAMPAIGNS: tuple[Campaign, ...] = (
    Campaign(
        code="48213",
        titles=w("הצללה בגני השעשועים לפני הקיץ", "تظليل ملاعب الأطفال قبل الصيف", "Тень на детских площадках до лета", "Shade for our playgrounds before summer"),
        demands=w(
            "להתקין מפרשי צל ולשתול עצים בכל 23 גני השעשועים בעיר עד סוף מאי.",
            "تركيب مظلات وزراعة أشجار في جميع ملاعب الأطفال الـ23 في المدينة حتى نهاية أيار.",
            "Установить навесы и посадить деревья на всех 23 детских площадках города до конца мая.",
            "Put up shade sails and plant trees in all 23 playgrounds of the town by the end of May.",
        ),
        backgrounds=w(
            "בקיץ שעבר מדדנו 62 מעלות על המגלשה בגן התאנה. מהצהריים ועד הערב אי אפשר לשחק בחוץ.\n\nבתשעה גנים כבר יש הצללה, והם מלאים. אנחנו מבקשים שגם בשאר הגנים אפשר יהיה לשחק.",
            "في الصيف الماضي قسنا 62 درجة على الزحليقة في ملعب هتئنا. من الظهر حتى المساء لا يمكن اللعب في الخارج.\n\nفي تسعة ملاعب توجد مظلات، وهي ممتلئة. نطلب أن يصبح اللعب ممكنًا في سائر الملاعب أيضًا.",
            "Прошлым летом мы намерили 62 градуса на горке в сквере Теэна. С полудня до вечера играть на улице невозможно.\n\nНа девяти площадках тень уже есть, и там всегда полно детей. Мы просим сделать так же на остальных.",
            "Last summer we measured 62 degrees on the slide of the HaTe'ena playground. From noon to evening nobody can play outside.\n\nNine playgrounds have shade already, and they are full. We ask that children can play in the others, too.",
        ),
        goals=w("ראש העירייה ישיב בכתב, ומועצת העיר תדון בכך.", "يردّ رئيس البلدية كتابيًا، ويناقش المجلس البلدي الطلب.", "Мэр ответит письменно, и городской совет рассмотрит вопрос.", "The mayor answers in writing, and the council debates it."),
        picture=pictures.shade,
        alt="ציור: ילדים משחקים בגן שעשועים מתחת למפרשי צל צבעוניים",
        threshold=5000,
        signed=3412,
        days=24,
        closes=37,
        near=("vineyards", "prophets", "oaks"),
        author="מיכל ארד",
        news=w(
            "מדדנו את הצל בכל 23 הגנים. הרשימה המלאה נמסרה לאגף גנים ונוף.",
            "قسنا الظل في جميع الملاعب الـ23، وسُلّمت القائمة الكاملة لقسم الحدائق.",
            "Мы измерили тень на всех 23 площадках; полный список передан отделу парков.",
            "We measured the shade in all 23 playgrounds; the full list went to the parks department.",
        ),
    ),
    Campaign(
        code="61940",
        titles=w("שביל אופניים רציף לאורך הים", "مسار دراجات متواصل على طول البحر", "Непрерывная велодорожка вдоль моря", "One unbroken bicycle lane along the sea"),
        demands=w(
            "לחבר את שלושת קטעי השביל הקיימים, ולהפריד אותם מהכביש ומהולכי הרגל.",
            "ربط المقاطع الثلاثة القائمة وفصلها عن الشارع وعن المشاة.",
            "Соединить три существующих участка и отделить их от дороги и пешеходов.",
            "Join the three pieces that exist, and part them from the road and from people on foot.",
        ),
        backgrounds=w(
            "היום השביל נגמר פתאום ליד הנמל, ורוכבים יורדים לכביש. בשנה האחרונה נפצעו שם שלושה אנשים.",
            "ينتهي المسار اليوم فجأة قرب الميناء، فينزل الراكبون إلى الشارع. أصيب هناك ثلاثة أشخاص خلال السنة الأخيرة.",
            "Сейчас дорожка внезапно обрывается у порта, и велосипедисты выезжают на дорогу. За год там пострадали трое.",
            "Today the lane ends suddenly at the harbour, and riders go down to the road. Three people were hurt there last year.",
        ),
        goals=w("תוגש תוכנית עם לוח זמנים.", "تُقدَّم خطة مع جدول زمني.", "Будет представлен план со сроками.", "A plan with dates is published."),
        picture=pictures.bicycles,
        alt="ציור: שני רוכבי אופניים על שביל לאורך חוף הים",
        threshold=1000,
        signed=640,
        days=13,
        closes=48,
        near=("north-beach", "lighthouse", "harbour"),
    ),
    Campaign(
        code="35827",
        titles=w("ספרייה פתוחה גם בערב", "مكتبة مفتوحة في المساء أيضًا", "Библиотека открыта и вечером", "A library that is open in the evening"),
        demands=w(
            "לפתוח את הספרייה העירונית עד עשר בערב, שלושה ימים בשבוע.",
            "فتح المكتبة البلدية حتى العاشرة مساءً ثلاثة أيام في الأسبوع.",
            "Открывать городскую библиотеку до десяти вечера три дня в неделю.",
            "Open the town library until ten in the evening, three days a week.",
        ),
        backgrounds=w(
            "סטודנטים, בני נוער והורים עובדים מגיעים הביתה כשהספרייה כבר סגורה.",
            "يعود الطلاب والشبيبة والأهالي العاملون إلى البيت بعد إغلاق المكتبة.",
            "Студенты, школьники и работающие родители приходят домой, когда библиотека уже закрыта.",
            "Students, teenagers and working parents come home when the library has closed.",
        ),
        goals=w("מנהלת אגף התרבות תשיב כאן.", "تردّ هنا مديرة قسم الثقافة.", "Здесь ответит начальник отдела культуры.", "The head of the culture department answers here."),
        picture=pictures.library,
        alt="ציור: בניין ספרייה שחלונותיו מוארים בערב",
        threshold=500,
        signed=518,
        days=33,
        closes=12,
        near=("centre", "prophets"),
        author="רוני לב",
    ),
    Campaign(
        code="72056",
        titles=w("חוף נגיש: שביל עד המים", "شاطئ مُتاح للجميع: مسار حتى الماء", "Доступный пляж: дорожка до воды", "A beach for everybody: a path to the water"),
        demands=w(
            "להתקין שביל עץ קבוע עד קו המים, ולהציע כיסא ים להשאלה.",
            "تركيب مسار خشبي ثابت حتى خط الماء، وإعارة كرسي بحري.",
            "Проложить постоянный деревянный настил до воды и выдавать напрокат морское кресло.",
            "Lay a lasting wooden path down to the water, and lend a sea chair.",
        ),
        backgrounds=w(
            "מי שמתנייד בכיסא גלגלים או עם עגלה מגיע היום רק עד המדרגה.",
            "من يتنقل بكرسي متحرك أو مع عربة أطفال يصل اليوم حتى الدرجة فقط.",
            "Сегодня на коляске можно доехать только до ступеньки.",
            "Whoever comes in a wheelchair or with a pram gets only as far as the step.",
        ),
        goals=w("העירייה תשיב תוך 30 יום.", "تردّ البلدية خلال 30 يومًا.", "Мэрия ответит в течение 30 дней.", "The town hall answers within 30 days."),
        picture=pictures.beach,
        alt="ציור: שביל עץ רחב יורד אל הים, ואדם בכיסא גלגלים עליו",
        threshold=1000,
        signed=1127,
        days=96,
        closes=-20,
        answer=w(
            "השביל בחוף הצפוני הושלם באפריל, ושני כיסאות ים עומדים להשאלה בתחנת ההצלה ללא תשלום. בקיץ הבא יותקן שביל גם בחוף המגדלור. תודה לכל מי שחתמו.",
            "اكتمل المسار في الشاطئ الشمالي في نيسان، ويتوفر كرسيان بحريان للإعارة مجانًا في محطة الإنقاذ. في الصيف القادم سيُركَّب مسار أيضًا في شاطئ المنارة. شكرًا لكل الموقّعين.",
            "Настил на Северном пляже готов с апреля, два морских кресла бесплатно выдаются на спасательной станции. Следующим летом настил появится и на пляже у маяка. Спасибо всем, кто подписал.",
            "The path on the North Beach was finished in April, and two sea chairs are lent free of charge at the lifeguard station. Next summer a path follows at the Lighthouse Beach. Thank you to all who signed.",
        ),
    ),
    Campaign(
        code="19365",
        titles=w("גינת כלבים בשכונת הכרמים", "حديقة كلاب في حي هكراميم", "Площадка для собак в районе ха-Крамим", "A dog garden in the Vineyards quarter"),
        demands=w(
            "לגדר דונם אחד ברחוב הגפן לגינת כלבים, עם ברז מים ותאורה.",
            "تسييج دونم واحد في شارع هجيفن كحديقة للكلاب، مع حنفية ماء وإنارة.",
            "Огородить один дунам на улице ха-Гефен под площадку для собак, с водой и освещением.",
            "Fence one dunam in HaGefen Street as a garden for dogs, with a tap and light.",
        ),
        backgrounds=w(
            "הגינה הקרובה נמצאת במרחק של שני קילומטרים. בינתיים הכלבים בגן הילדים.",
            "أقرب حديقة تبعد كيلومترين، وفي هذه الأثناء الكلاب في ملعب الأطفال.",
            "Ближайшая площадка в двух километрах. А пока собаки гуляют на детской.",
            "The nearest one is two kilometres away. Meanwhile the dogs are in the playground.",
        ),
        goals=w("אגף גנים ונוף ישיב.", "يردّ قسم الحدائق.", "Ответит отдел парков.", "The parks department answers."),
        picture=pictures.dogs,
        alt="ציור: שני כלבים משחקים בכדור בגינה מגודרת",
        threshold=300,
        signed=87,
        days=4,
        closes=56,
        near=("vineyards",),
        author="שחר דיין",
    ),
    Campaign(
        code="52070",
        titles=w("שדרת צל לבית הספר בשכונת הנמל", "ممشى مظلَّل إلى مدرسة حي الميناء", "Тенистая аллея к школе в Портовом районе", "A shaded walk to the Harbour school"),
        demands=w(
            "לשתול שלושים עצים ולהרחיב את המדרכה ברחוב הדייגים, מהכיכר ועד בית הספר, לפני שנת הלימודים הבאה.",
            "زراعة ثلاثين شجرة وتوسيع الرصيف في شارع الصيادين، من الساحة حتى المدرسة، قبل السنة الدراسية القادمة.",
            "Высадить тридцать деревьев и расширить тротуар на улице Рыбаков от площади до школы до начала учебного года.",
            "Plant thirty trees and widen the pavement of Fishermen's Street, from the square to the school, before the next school year.",
        ),
        backgrounds=w(
            "220 ילדות וילדים הולכים שם בכל בוקר. המדרכה צרה מעגלה, ובחודש ספטמבר אין שם צל בכלל.",
            "يسير هناك كل صباح 220 طفلًا وطفلة. الرصيف أضيق من عربة أطفال، وفي أيلول لا ظل فيه إطلاقًا.",
            "Каждое утро там идут 220 детей. Тротуар уже детской коляски, а в сентябре тени нет совсем.",
            "220 children walk there every morning. The pavement is narrower than a pram, and in September there is no shade at all.",
        ),
        goals=w("העירייה תשיב בכתב עם לוח זמנים.", "تردّ البلدية كتابيًا مع جدول زمني.", "Мэрия ответит письменно и назовёт сроки.", "The town hall answers in writing, with dates."),
        picture=pictures.walk,
        alt="رسم: أطفال بحقائب مدرسية يسيرون تحت صف من الأشجار بين البيوت",
        threshold=800,
        signed=463,
        days=13,
        closes=48,
        language="ar",
        near=("harbour", "fishermen"),
        author="رنا خوري",
        news=w(
            "נפגשנו עם מנהלת בית הספר, והיא מצטרפת לבקשה.",
            "التقينا مديرة المدرسة، وهي تنضم إلى الطلب.",
            "Мы встретились с директором школы; она поддерживает нашу просьбу.",
            "We met the head of the school. She joins us.",
        ),
    ),
    Campaign(
        code="74486",
        titles=w("שולחנות שחמט בגן המגדלור", "طاولات شطرنج في حديقة المنارة", "Шахматные столы в сквере у маяка", "Chess tables in the Lighthouse garden"),
        demands=w(
            "להציב שישה שולחנות שחמט עם ספסלים ותאורה בגן המגדלור.",
            "وضع ست طاولات شطرنج مع مقاعد وإنارة في حديقة المنارة.",
            "Поставить в сквере у маяка шесть шахматных столов со скамейками и освещением.",
            "Put six chess tables with benches and a lamp in the Lighthouse garden.",
        ),
        backgrounds=w(
            "כל ערב באים לגן שלושים שחקנים, בני שמונה עד תשעים, ומשחקים על ארגזים.",
            "يأتي إلى الحديقة كل مساء ثلاثون لاعبًا، من سن الثامنة حتى التسعين، ويلعبون على صناديق.",
            "Каждый вечер в сквер приходят человек тридцать, от восьми до девяноста лет, и играют на ящиках.",
            "Every evening thirty players come to the garden, aged eight to ninety, and play on crates.",
        ),
        goals=w("אגף גנים ונוף ישיב בכתב.", "يردّ قسم الحدائق كتابيًا.", "Отдел парков ответит письменно.", "The parks department answers in writing."),
        picture=pictures.chess,
        alt="Рисунок: двое играют в шахматы за столом под деревом, сзади маяк",
        threshold=300,
        signed=154,
        days=8,
        closes=70,
        language="ru",
        near=("lighthouse", "north-beach"),
        author="Лев Абрамов",
    ),
)  # fmt: skip
