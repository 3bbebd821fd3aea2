"""What names a danger to life, and what only sounds like it: judged before the list of words was written."""

from __future__ import annotations

from kesher.language.emergency_detection import names_danger

DANGERS = """
There is a fire in my building, people are trapped
my kitchen is burning help
thick smoke is coming out of the third floor window
I smell gas in the stairwell
a live wire is sparking next to the playground
My mother collapsed and she is not breathing
someone is drowning at the beach
the wall of the house collapsed on a man
I hear gunshots in the street
a man was stabbed near the market
I think my father is having a heart attack
I want to kill myself
we are stuck in the elevator and there is no air
a child is locked in a car in the sun
יש שריפה בבניין שלי ויש אנשים לכודים
יוצא עשן סמיך מהדירה של השכנים
ריח חזק של גז בחדר המדרגות ואנשים מתעלפים
כבל חשמל קרוע על המדרכה ויש ילדים ליד
אבא שלי איבד את ההכרה
מישהו טובע בים
התקרה קרסה על אנשים
שומעים יריות ברחוב
נראה לי שיש לו התקף לב
אני רוצה למות
הילד נעול באוטו בשמש
اندلع حريق في بنايتنا
النار تشتعل في الشقة والناس محاصرون
رائحة غاز قوية في الدرج
سلك كهرباء مكشوف وشرارات قرب الأطفال
أمي أغمي عليها ولا تتنفس
ولد يغرق في البحر
انهار سقف البيت
إطلاق نار في الحي
أريد أن أموت
под напряжением, искрит, рядом дети, угроза жизни
В подъезде пожар, люди не могут выйти
сильно пахнет газом на лестнице
человек потерял сознание на остановке
мальчик тонет в море
в доме обрушилась стена
у мужа инфаркт, нужна скорая
на улице стреляют
я не хочу жить
exposed wire next to the playground
a bare cable hangs from the lamp post
power lines down in our street
a tree fell on a car
scaffolding collapsed onto people
a branch fell on a child
עץ נפל על רכב
עמוד תאורה נפל על אישה ברחוב
ענף נפל על ילד
سقطت شجرة على سيارة
وقع عمود على رجل في الشارع
سقط غصن على طفل
дерево упало на машину
дерево упало на человека на улице
ветка упала на ребёнка
""".strip().splitlines()

HARMLESS = """
fire department phone number
when does the fireworks show start
gas bill
smoke-free
heated debate
how do I get a fire safety certificate
the fire hydrant on our street leaks
smoke detector subsidy
my gas bill is too high this month
a smoke free playground please
I feel trapped in this contract
we are drowning in paperwork
shooting stars night in the park
permit for film shooting on the beach
heart attack prevention course
the website collapsed again
a street light is not burning
how do I dispose of furniture
power cut in our street
the cat is stuck in a tree
compensation for fire damage last year
electric car charging station
בקשה לטלפון של כיבוי אש
מתי מתחיל מופע הזיקוקים
חשבון הגז שלי
אפשר לעשות על האש בפארק?
אישור כיבוי אש לעסק
אזור ללא עשן
השכן מעשן במרפסת
שלום, שמי מירי
נורה שרופה ברחוב
פנס הרחוב לא דולק
טבע ונוף בעיר
טובעים בזבל ברחוב שלנו
הרצאה על מניעת שבץ
חתול תקוע על העץ
האתר שלכם קרס
ריח רע מהפח
תרגיל שריפה בבית הספר
ביטוח נגד שריפה
עמוד חשמל מול הבית שלי חוסם את המדרכה
رقم محطة الإطفاء
متى تبدأ الألعاب النارية
فاتورة الغاز
تأمين ضد الحريق
مكان بدون دخان
أقلام رصاص للمدرسة
تقديم طعن على القرار
الشارع يغرق بالنفايات
انقطاع الكهرباء في الحي
القطة عالقة على الشجرة
دورة إسعافات أولية
телефон пожарной части
когда начнётся фейерверк
счёт за газ
не горит фонарь во дворе
датчик дыма
двор тонет в грязи
зона без табачного дыма
лекция о профилактике инфаркта
секция стрельбы из лука
кошка застряла на дереве
я застряла в пробке
горячая вода
страховка от пожара
учебная пожарная тревога
a tree fell on the road and cars cannot pass
a branch fell on my car and scratched it
a tree fell on my car last month, how do I claim compensation
the sign fell off the pole
exposed brick wall
עץ נפל על הכביש ורכבים לא עוברים
ענף נפל על הרכב שלי ושרט אותו
בשבוע שעבר נפל עץ על רכב, איך מגישים תביעה לפיצוי
שלט נפל על המדרכה
עץ עלול ליפול
سقطت شجرة على الشارع والسيارات لا تمر
سقط غصن على سيارتي وخدشها
سقطت شجرة على سيارتي الشهر الماضي، كيف أطلب تعويضًا
дерево упало на дорогу, машины не проезжают
ветка упала на машину и поцарапала её
месяц назад дерево упало на мою машину, как получить компенсацию
упал дорожный знак
""".strip().splitlines()


def test_dangers_are_heard() -> None:
    assert [text for text in DANGERS if not names_danger(text)] == []


def test_what_only_sounds_like_it_is_not() -> None:
    assert [text for text in HARMLESS if names_danger(text)] == []


def test_both_lists_are_long_enough_and_in_four_languages() -> None:
    assert (len(DANGERS) >= 40, len(HARMLESS) >= 60) == (True, True)


def test_particles_and_points_change_nothing() -> None:
    for text in ("והאש מתפשטת", "שֵׂרֵפָה!", "بالنار", "FIRE!!!", "ПОЖАР"):
        assert names_danger(text), text
