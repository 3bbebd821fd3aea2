"""Stopwords and weak words of four languages for the search, and words that ask for a time or a price."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Final

from kesher.language import lemma, normalise, script_of

_STOPWORDS: Final = """
רבה תודה של את על אל עם זה זאת זו אני אתה אנחנו אתם הוא היא הם הן לי לו לה לנו להם לכם שלי שלנו שלו שלה שלך שלכם
יש אין לא כן גם רק כבר עוד מאוד ממש אם כי או אבל כדי עד בין אחרי לפני איך מה מי מתי איפה היכן למה האם כמה איזה
איזו אילו באיזה צריך צריכה צריכים אפשר רוצה רוצים יכול יכולה יכולים עושים לעשות היה היתה הייתה יהיה להיות כל כמו
ככה פה כאן אותי אותו אותה אליי אליו אליכם שאני שאנחנו שהוא שהיא שיש אצל בבקשה שלום היי מישהו משהו עכשיו היום
אתמול נא הזה הזאת בשביל לגבי מול ליד في من الى إلى على عن مع هذا هذه ذلك انا أنا احنا نحن انت هو هي هم لي لنا لك
كيف ما ماذا متى اين أين وين هل كم اي أي لو او أو ان أن لا نعم كل بعد قبل عند عندي بدي شو ايش ليش هون كان يوجد معي
الي لازم ممكن حدا شي انه عنا и в во на не я мы вы он она оно они что как где когда кто куда с со у к ко из за по
для от до о об а но или бы же ли это этот эта мне меня нам нас мой моя мое моего наш наша есть нет можно нужно
надо хочу если то так уже еще очень который какой какая какие the a an is are was were be been am i me my we our
you your it its this that these those to of in on at for and or not no do does did can could should would will how
what when where who which why if with by from as has have had there their they he she him her us any some please
need want get go goes רב טוב אצלי אצלך אצלו אצלה אצלנו אצלכם אליך אלינו אליהם אליה אותך אותנו אותם אותן אתכם
איתי איתו איתה איתנו איתם בהם בהן בו בה בי בנו ממני ממנו ממנה מהם לפניי שוב תמיד פעם לפעמים בערך בדיוק פשוט בכלל
אולי לגמרי חושב חושבת מבקש מבקשת מנסה יודע יודעת שמעתי אשמח מישהי כלשהי כלשהו למי כיצד מדוע מאיפה לאן כאשר ואז
אמור אמורה אמורים זקוק זקוקה אשר לכן כאילו קורה مرحبا السلام عليكم سمحت سمحتم شكرا كمان بس هاي هاد هادا اللي الذي
التي يا واحد بدنا بدو كتير كثير يعني رح مش عم هيك فيه فيها فيني بقدر نقدر اقدر подскажите пожалуйста здравствуйте
скажите хотел хотела там тут ваш вас вам все всё тоже также был была были будет просто вообще чтобы чем этого этой
моей моему нашего нашей своего свой могу можем может куда-то кого кому hello hi thanks thank just also very maybe
something anything someone somebody being one got gets im ive dont cant make like let lot hey dear
אז אך אף אפילו אבל אגב אלא אלה אלו אמר אמרה אמרו אומר אומרת אומרים באמת בגלל ביותר בינתיים בכלל בלי במקום ברור הרבה
הרי חוץ יותר כזה כזאת כאלה כדאי ככל כך כלום כלל כמובן כמעט כנראה כעת כרגע לאחר לדעתי להיות לולא למרות למשל לעומת מלפני
לפחות לפי לפעמים לקראת מאז מול מזה מלבד מפני משום סתם עדיין עצמו עצמי פחות פתאום ופתאום קצת רציתי שבו שבה שזה שלפני
תוך תחת about above after again against all although always am another anyone anyway around because before below
between both cannot couldnt doesnt didnt done during each either else even ever every everything having here hers
him himself however into itself many might more most much must myself near neither never nobody none normally
nothing now often once only onto other otherwise ought ours own perhaps pretty quite rather really same shall should
since so some sometimes still such sure than themselves then therefore think though through thus together toward
under until unless upon used using usually various want wants wanted wasnt were whatever whenever wherever whether
while whole whom whose why wont wonder yes yet yours yourself без более больше будто бывает вдруг ведь вместо вообще
впрочем вот всегда всего всем всех всю говорят даже далее две действительно должен должна должны его ее ей ему если
еще именно иногда иначе их кажется каждый каждая конечно который которая которые которых кстати лишь лучше между
много мог могла могли может моих моей моим мной нам нами нас наверное например находится начала ней неё нему
несколько нибудь никогда никто ним них ничего ну нужен нужна нужны об один одна однако одно около опять особенно ото
перед почему почти потом потому похоже при про разве раз сам сама сами самый сразу среди сейчас сегодня себе себя
слишком снова совсем собой так такая такие такой там тем теперь тех тогда того тоже той только том тот тут ты тебе
тебя уж хорошо хоть через чтобы чуть эта эти этим этих этом эту этот явно ابدا احيانا اذا اذن اكثر الآن الان انت
انتم انتي انها انهم ايضا اية اياها بدون بسبب بشكل بعض بل بما بين تحت تقريبا تلك ثم جدا حتى حسب حوالي حول حيث حين
خلال دائما دون ذاك ربما سوف ضد طبعا طيب عادة عليها عليه عليكم علينا غير فقط فوق قد كانت كنت كذلك كلها كله لانه لان
لدي لدينا لذلك لكن لكي لما لماذا لن له لها لهم ليس ليست مثل معظم معنا معه معها معهم مما منذ منه منها منهم نفس نحو
هناك هنا هؤلاء وراء يجب يمكن يكون اذ ازا لسا لساتها شوي شوية ليه عشان علشان منشان
"""
# A particle may precede these without making another word of them. Not every word above: with ו, עד is a committee;
# with ש, פה is a language and רב a heatwave. So the lists are closed.
_AFTER_ANY_PARTICLE: Final = """
זה זאת זו אני אתה אנחנו אתם הוא היא הם הן לי לו לה לנו להם לכם לא אין היה היתה הייתה יהיה צריך צריכה צריכים אפשר
"""
_AFTER_AND: Final = """
איך מה מי מתי איפה היכן למה האם כמה איזה איזו אילו יש גם אם כי או של את על אל עם כל רק כבר עוד שלי שלו שלה שלנו
"""
_AFTER_ARABIC_AND: Final = """
انا احنا نحن انت هو هي هذا هذه ذلك كيف ما ماذا متى اين وين هل كم شو ايش ليش كان من في الى على عن مع لا ان
"""
_PARTICLES: Final = (
    (("ו", "ש", "כש", "וש", "וכש"), _AFTER_ANY_PARTICLE),
    (("ו",), _AFTER_AND),
    (("و",), _AFTER_ARABIC_AND),
)
STOPWORDS: Final = frozenset(map(normalise, _STOPWORDS.split())) | {
    part + normalise(word) for parts, several in _PARTICLES for part in parts for word in several.split()
}
# Words, in their dictionary forms, that may be said of any service: how to get it, that it is new, how long it takes.
# Such a word says something, but less than its idf suggests.
_WEAK_WORDS: Final = """
הוציא קיבל הגיש מגיש ביקש הזמינ השיג עשה קבע מסר הביא נתנ שלח הלכ בא הגיע מגיע מצא חיפש ראה ידע הבינ אמר דיבר קרה
זכאי החליפ התחיל הפסיק חדש ישנ גדול קטנ טוב רע אחר נוספ רגיל אחרונ קרוב שנה שבוע חודש יומ זמנ עיר עירוני תושב אדמ
אנשימ get receive obtain apply request order make take find bring give send come go see know say tell happen issue
entitle entitled eligible change start stop new old big small good bad other another last near year day week month
time city town municipal resident people person получить получать подать подавать оформить оформлять заказать
заказывать сделать делать найти искать взять брать дать давать принести прислать прийти приходить знать узнать
сказать говорить видеть увидеть случиться положить положенный новый старый большой маленький хороший плохой другой
последний год день неделя месяц время раз город муниципальный человек люди житель احصل نحصل يحصل حصل حصول اقدم نقدم
تقديم استخرج نستخرج استخراج اطلب نطلب طلب اعمل نعمل اخذ ناخذ اجيب اعطي يستحق نستحق جديد قديم كبير صغير اخر سنه يوم
شهر اسبوع وقت مره مدينه شخص ناس اعرف نعرف احكي اشوف صار
עזר עזרה סיוע הסביר מבינ שאל שאלה בעיה פנה פונה חזר ענה תשובה חיכה help assist understand explain talk
speak ask question answer problem reply call back contact wait want помочь помощь помогать понять понимать объяснить
поговорить говорить спросить вопрос ответить отвечать ответ проблема ждать хотеть делать افعل نفعل اعمل افهم فاهم
اساعد ساعد ساعدوني مساعده اريد نريد احتاج نحتاج محتاج مشكله سوال اسال جواب ارد اتحدث اتكلم
"""
WEAK_WORDS: Final = frozenset(_WEAK_WORDS.split())
WEAK_WEIGHT: Final = 0.4  # [surely: +2 / 0]; `search/ranking.py` explains the brackets
_GREETING: Final = ("ערב", "טוב")


# Words that ask for a type of answer: a time, a price.
_ANSWER_TYPES: Final = (
    """מתי שעה שעות ביום יום מועד עד when hours time day until когда часы часов дням متى ايمتى وينتى ساعه ساعات يوم""",
    """כמה עולה עולים מחיר מחירים עלות תעריף cost costs price prices much сколько стоит стоимость цена كم بكم قديش سعر
    يكلف تكلفه""",
)
ANSWER_TYPES: Final = tuple(frozenset(map(normalise, several.split())) for several in _ANSWER_TYPES)


def find_answer_types(tokens: Iterable[str]) -> frozenset[int]:
    """Return which types of answer these words ask for: 0 for a time, 1 for a price."""
    found = frozenset(tokens)
    return frozenset(kind for kind, several in enumerate(ANSWER_TYPES) if several & found)


def is_stopword(word: str) -> bool:
    """Return whether a normalised word is a stopword ("how", "please"), which carries no content."""
    return word in STOPWORDS


@lru_cache(maxsize=65536)
def word_weight(word: str) -> float:
    """Return the factor for a word's weight in the search: 1, or less for a weak word in any form."""
    return WEAK_WEIGHT if word in WEAK_WORDS or lemma(word, script_of(word)) in WEAK_WORDS else 1.0


def remove_stopwords(tokens: list[str]) -> Iterator[str]:
    """Yield the content words of a text, in order, without stopwords and greetings such as "good evening"."""
    greeted = {at for at, pair in enumerate(pairwise(tokens)) if pair == _GREETING}
    return (word for at, word in enumerate(tokens) if at not in greeted and not is_stopword(word))
