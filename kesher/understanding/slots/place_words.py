"""The words around the name of a place: "street", "corner of", "by the", and those before a number that is no house."""

from __future__ import annotations

from typing import Final

from kesher.agencies.models import Place
from kesher.language import normalise


def word_set(text: str) -> frozenset[str]:
    """Return the normalised words of a text."""
    return frozenset(normalise(word) for word in text.split())


STREET: Final = word_set("""
רחוב רח רח׳ ר׳ שדרות שדרת שד שד׳ דרך סמטת סמטה סימטת כביש משעול
شارع ش شديروت شدروت جادة طريق زقاق رحوب رحوف ديرخ درخ
улица улице улицы улицу ул проспект проспекте пр бульвар бульваре бульвара бул бульвару дорога дороге дороги дорогу
переулок переулке пер шоссе рехов сдерот шдерот дерех симта симтат
street st str road rd avenue ave boulevard blvd boulvard lane alley rehov rechov rhov rchov rehob sderot shderot sdrot
derech derekh simta simtat shari3 share3 sharia
""")
AREA: Final = word_set("""
שכונת שכונה שכ שכ׳ אזור איזור רובע קריית קרית
حي حارة منطقة ضاحية
район районе района квартал квартале микрорайон
neighbourhood neighborhood quarter district area hood shchunat shchunah shchuna shkhunat shkhuna schunat 7ay hay
""")
SQUARE: Final = word_set("""
כיכר ככר
دوار ميدان ساحة
площадь площади пл
square sq circle roundabout kikar
""")
CORNER: Final = word_set("""
פינת פינה צומת הצומת מפגש
زاوية زاويه قرنة مفرق تقاطع ملتقى
угол углу угла перекресток перекрестке перекрестка пересечение пересечении пересечения пинат
corner cnr crnr intersection junction pinat
""")
BESIDE: Final = word_set("""
ליד יד סמוך מול צמוד צמודה מאחורי אחרי לפני בסמוך לצד בקרבת מתחת
جنب بجنب قرب قريب بقرب بالقرب قبال مقابل عند حد جمب ورا وراء خلف قدام أمام امام تحت بمحاذاة
около возле рядом напротив у за перед недалеко позади сзади подле
near by beside next opposite behind outside facing across leyad mul
""")
BESIDE_TWO: Final = frozenset({"front"})  # "in front of"
LOCATIVE: Final = word_set("""
ב על מ ל מן אל עד לאורך באמצע
في ب من على ع عا الى بين ل فى
на в во с со по от из до вдоль
in on at from to along off down up of around
""")
AND: Final = word_set("ו עם و مع и с and & / - —")
ARTICLES: Final = word_set("ה ال ха а ha the el al")
OF: Final = word_set("של עם ל לבין ובין من مع و ل с и of with and & the ха а ha ה и")
NUMBER: Final = word_set("מספר מס מס׳ בית رقم دار بيت дом д № no no. nr number num house")
FLAT: Final = word_set("""
דירה דירת קומה קו בן בת גיל כיתה שורה מספר פנייה פניה אוטובוס טלפון כניסה
شقة طابق خط عمر عمري عمره عمرها باص صف
кв квартира этаж этаже автобус маршрут лет возраст подъезд
apt apartment flat floor bus line age aged route grade unit
""")

# {announcing words: the kind of place that they announce}
KINDS: Final = ((STREET, Place.Kind.STREET.value), (AREA, Place.Kind.AREA.value), (SQUARE, ""))

# Words before which the name of an unknown place ends.
ENDS: Final = word_set("""
יש לא אין כבר של את זה וגם כי על עם מאז היום אתמול גם אני הוא היא אבל כל נמצא שם ליד מול פינת בין עד
مش في من على ما كل عند جنب مقابل كان صار فيه من شو اليوم مبارح ورا قدام بين عمود
нет уже есть и на не у в с во по около возле где мы я это там рядом напротив
is are has have had no and the for since near by with was on at in of from that who we i it there opposite corner to
""")

# Names of towns and words of every day after which streets are named, in four languages: alone they are no street.
ORDINARY: Final = word_set("""
ירושלים יפו חיפה אילת עכו טבריה נצרת אשדוד אשקלון חברון יריחו עזה תל אביב ציון ישראל שלום השלום ים הים נמל הנמל תקווה
התקווה תקוה התקוה עצמאות העצמאות הגנה ההגנה גולני גבעתי צנחנים הצנחנים מלך המלך נביאים הנביאים שופטים השופטים דייגים
אחדות האחדות מדע המדע חרושת החרושת מסגר המסגר זית הזית גפן הגפן תאנה התאנה רימון הרימון תמר התמר אלון האלון ברוש אורן
שקד דקל נרקיס כלנית יסמין ורד הוורד שמש אביב קיץ חורף שדה הגן גן
القدس يافا حيفا عكا الناصرة بيت السلام سلام ميناء الميناء بحر البحر امل الامل استقلال زيتون زهرة وردة
иерусалим яффо хайфа назарет мир порт море надежда маяк центр
jerusalem jaffa haifa nazareth acre eilat tel aviv zion israel peace hope sea port harbour harbor beach centre center
prophets king vineyards lighthouse independence olive vine palm rose
""")

# Parts of a landmark's name without which people say it: "the library" for "the city library".
QUALIFIERS: Final = word_set("""
עירוני עירונית העירוני העירונית הגדול הגדולה הישן הישנה החדש החדשה המרכזי המרכזית העיר העירייה
بلدي بلدية البلدي البلدية الكبير الكبيرة القديم القديمة المركزي المركزية المدينة
городской городская городское центральный центральная железнодорожная большая большой старая старый новый новая здание
city municipal central great old new town main health train public the
""")

# English words after the name of a street.
LATIN_TYPES: Final = word_set("street st road rd avenue ave boulevard blvd lane square circle quarter neighbourhood")

# Short names that mean any such place.
GENERIC: Final = word_set("""
פארק הפארק גן הגן גינה הגינה בית בניין הבניין מבנה תחנה התחנה מרכז המרכז אולם מתחם ספר חוף החוף כביש מגרש
حديقة الحديقة متنزه مدرسة المدرسة محطة المحطة مبنى المبنى مركز المركز بناية ملعب الملعب شارع
парк сквер школа станция здание центр дом зал площадка
park school station building hall centre center beach house garden
""")
