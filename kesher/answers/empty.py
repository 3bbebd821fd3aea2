"""Words that say how, not what: a question is searched by its other words. Four languages, in one spelling."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final

from kesher.language import normalise

_WORDS: Final = """
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
"""
# Before these a particle may stand without making another word of them. Not before every word above: with ו, עד is a
# committee; with ש, פה is a language and רב a heatwave. So the lists are closed.
_SUBJECTS: Final = """
זה זאת זו אני אתה אנחנו אתם הוא היא הם הן לי לו לה לנו להם לכם לא אין היה היתה הייתה יהיה צריך צריכה צריכים אפשר
"""
_BEHIND_AND: Final = """
איך מה מי מתי איפה היכן למה האם כמה איזה איזו אילו יש גם אם כי או של את על אל עם כל רק כבר עוד שלי שלו שלה שלנו
"""
_ARABIC: Final = """
انا احنا نحن انت هو هي هذا هذه ذلك كيف ما ماذا متى اين وين هل كم شو ايش ليش كان من في الى على عن مع لا ان
"""
_JOINED: Final = ((("ו", "ש", "כש", "וש", "וכש"), _SUBJECTS), (("ו",), _BEHIND_AND), (("و",), _ARABIC))
EMPTY: Final = frozenset(map(normalise, _WORDS.split())) | {
    part + normalise(word) for parts, several in _JOINED for part in parts for word in several.split()
}
_GREETING: Final = ("ערב", "טוב")


def is_empty(word: str) -> bool:
    """Does this word, in one spelling, say how and not what?"""
    return word in EMPTY


def telling(said: list[str]) -> Iterator[str]:
    """The words of a text that say what it is about, in order. A good evening is a greeting, an evening is not."""
    greeted = {at for at, pair in enumerate(pairwise(said)) if pair == _GREETING}
    return (word for at, word in enumerate(said) if at not in greeted and not is_empty(word))
