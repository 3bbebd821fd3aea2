"""Words that say how, not what: a question is searched by its other words. Four languages, in one spelling."""

from __future__ import annotations

from functools import lru_cache
from typing import Final

from kesher.language import normalise

_WORDS: Final = """
רבה תודה של את על אל עם זה זאת זו אני אתה אנחנו אתם הוא היא הם הן לי לו לה לנו להם לכם שלי שלנו שלו שלה שלך שלכם
יש אין לא כן גם רק כבר עוד מאוד ממש אם כי או אבל כדי עד בין אחרי לפני איך מה מי מתי איפה היכן למה האם כמה איזה
איזו אילו באיזה צריך צריכה צריכים אפשר רוצה רוצים יכול יכולה יכולים עושים לעשות היה היתה הייתה יהיה להיות כל כמו
ככה פה שם כאן אותי אותו אותה אליי אליו אליכם שאני שאנחנו שהוא שהיא שיש אצל בבקשה שלום היי מישהו משהו עכשיו היום
אתמול נא הזה הזאת בשביל לגבי מול ליד في من الى إلى على عن مع هذا هذه ذلك انا أنا احنا نحن انت هو هي هم لي لنا لك
كيف ما ماذا متى اين أين وين هل كم اي أي لو او أو ان أن لا نعم كل بعد قبل عند عندي بدي شو ايش ليش هون كان يوجد معي
الي لازم ممكن حدا شي انه عنا и в во на не я мы вы он она оно они что как где когда кто куда с со у к ко из за по
для от до о об а но или бы же ли это этот эта мне меня нам нас мой моя мое моего наш наша есть нет можно нужно
надо хочу если то так уже еще очень который какой какая какие the a an is are was were be been am i me my we our
you your it its this that these those to of in on at for and or not no do does did can could should would will how
what when where who which why if with by from as has have had there their they he she him her us any some please
need want get go goes רב ערב טוב אצלי אצלך אצלו אצלה אצלנו אצלכם אליך אלינו אליהם אליה אותך אותנו אותם אותן אתכם
איתי איתו איתה איתנו איתם בהם בהן בו בה בי בנו ממני ממנו ממנה מהם לפניי שוב תמיד פעם לפעמים בערך בדיוק פשוט בכלל
אולי לגמרי חושב חושבת מבקש מבקשת מנסה יודע יודעת שמעתי אשמח מישהי כלשהי כלשהו למי כיצד מדוע מאיפה לאן כאשר ואז
אמור אמורה אמורים זקוק זקוקה אשר לכן כאילו קורה مرحبا السلام عليكم سمحت سمحتم شكرا كمان بس هاي هاد هادا اللي الذي
التي يا واحد بدنا بدو كتير كثير يعني رح مش عم هيك فيه فيها فيني بقدر نقدر اقدر подскажите пожалуйста здравствуйте
скажите хотел хотела там тут ваш вас вам все всё тоже также был была были будет просто вообще чтобы чем этого этой
моей моему нашего нашей своего свой могу можем может куда-то кого кому hello hi thanks thank just also very maybe
something anything someone somebody being one got gets im ive dont cant make like let lot hey dear
"""
EMPTY: Final = frozenset(normalise(word) for word in _WORDS.split())
# Particles that may stand before a whole sentence, so before any of these words: ואני, שזו, כשהוא.
_JOINED: Final = ("ו", "ש", "כש", "וש", "וכש", "و")


@lru_cache(maxsize=65536)
def is_empty(word: str) -> bool:
    """Does this word, in one spelling, say how and not what?"""
    return word in EMPTY or any(word.startswith(part) and word[len(part) :] in EMPTY for part in _JOINED)
