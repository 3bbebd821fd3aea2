"""The demo's topics for reports, with the standard times of a real service charter.

Citizens choose among ten broad topics, which fit on a phone's screen; the finer ones are for staff.
"""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from dataclasses import dataclass

from kesher.site.demo.town import Words, w

Synonyms = dict[str, tuple[str, ...]]
DAY = 8.0  # working hours in a working day


@dataclass(frozen=True, slots=True)
class Subject:
    """A topic; ``done`` is in clock hours where ``always``, else in working hours."""

    code: str
    group: str
    team: str
    names: Words
    answer: float
    done: float
    always: bool = False
    reportable: bool = False
    place: bool = True
    synonyms: Synonyms | None = None


def s(he: str, ar: str, ru: str, en: str) -> Synonyms:
    """Return a topic's synonyms by language, from texts with commas."""
    texts = {"he": he, "ar": ar, "ru": ru, "en": en}
    return {lang: tuple(word.strip() for word in text.split(",") if word.strip()) for lang, text in texts.items()}


SUBJECTS: tuple[Subject, ...] = (
    Subject("pothole", "roads", "roads", w("בור או מדרכה", "حفرة أو رصيف", "Яма или тротуар", "Pothole or pavement"), 4, 3 * DAY, reportable=True,
            synonyms=s("בור, מהמורה, מדרכה, כביש, אספלט, שקע", "حفرة, رصيف, شارع, إسفلت", "яма, тротуар, асфальт, дорога, выбоина", "pothole, pavement, sidewalk, road, hole, asphalt")),
    Subject("street-light", "lighting", "roads", w("תאורת רחוב", "إنارة الشارع", "Уличное освещение", "Street light"), 8, 14 * DAY, reportable=True,
            synonyms=s("פנס, תאורה, חושך, עמוד תאורה, נורה", "إنارة, ضوء, عمود, ظلام", "фонарь, свет, освещение, темно, лампа", "lamp, light, dark, lamp post, streetlight")),
    Subject("bin", "waste", "city-looks", w("פח לא פונה", "حاوية لم تُفرَّغ", "Мусор не вывезен", "Bin not emptied"), 4, DAY, reportable=True,
            synonyms=s("פח, אשפה, זבל, פח כתום, מיחזור", "حاوية, نفايات, زبالة, قمامة", "мусор, бак, контейнер, отходы", "bin, trash, rubbish, garbage, recycling")),
    Subject("junk", "waste", "city-looks", w("גזם וגרוטאות", "مخلفات حدائق وخردة", "Ветки, крупный мусор", "Garden waste and junk"), 8, 2 * DAY, reportable=True,
            synonyms=s("גזם, גרוטאות, רהיטים, ספה, פינוי גזם", "خردة, أثاث, أغصان, كنبة", "ветки, мебель, хлам, диван, садовый мусор", "junk, furniture, branches, sofa, garden waste")),
    Subject("cleaning", "cleaning", "city-looks", w("ניקיון רחוב", "نظافة الشارع", "Уборка улицы", "Street cleaning"), 4, DAY, reportable=True,
            synonyms=s("ניקיון, לכלוך, טיאוט, מלוכלך", "نظافة, وسخ, كنس", "уборка, грязь, подмести", "cleaning, dirt, dirty, sweep")),
    Subject("playground", "gardens", "gardens", w("גינה או גן שעשועים", "حديقة أو ملعب", "Сквер, детплощадка", "Park or playground"), 4, 3 * DAY, reportable=True,
            synonyms=s("גינה, גן שעשועים, נדנדה, מתקן, ספסל, פארק, השקיה", "حديقة, ملعب, أرجوحة, مقعد", "сквер, качели, площадка, парк, скамейка", "park, playground, swing, bench, garden")),
    Subject("water-leak", "water", "water", w("נזילה או ביוב", "تسرّب مياه أو مجارٍ", "Вода и канализация", "Water leak or sewage"), 1, 4, always=True, reportable=True,
            synonyms=s("נזילה, מים, ביוב, פיצוץ, צינור, הצפה", "تسرب, مياه, مجاري, أنبوب", "протечка, вода, канализация, труба, прорыв", "leak, water, sewage, pipe, burst")),
    Subject("noise", "quiet", "inspection", w("רעש", "ضوضاء", "Шум", "Noise"), 0.5, 1, always=True, reportable=True,
            synonyms=s("רעש, מוזיקה, מסיבה, בנייה, רועש", "ضجيج, موسيقى, حفلة, بناء, إزعاج", "шум, музыка, стройка, вечеринка, громко", "noise, music, party, loud, construction")),
    Subject("pests", "pests", "city-looks", w("מזיקים ויתושים", "حشرات وقوارض", "Насекомые и грызуны", "Pests and mosquitoes"), 4, DAY, reportable=True,
            synonyms=s("יתושים, מזיקים, עכברים, חולדות, ג׳וקים, נברנים, הדברה", "بعوض, حشرات, فئران, صراصير", "комары, крысы, мыши, тараканы, насекомые", "mosquitoes, rats, mice, pests, cockroaches")),
    Subject("something-else", "other", "hotline", w("משהו אחר", "أمر آخر", "Другое", "Something else"), 8, 5 * DAY, reportable=True,
            synonyms=s("אחר, שונות", "آخر, غير ذلك", "другое, прочее", "other, else")),
    Subject("traffic-sign", "roads", "roads", w("תמרור או סימון בכביש", "إشارة مرور أو علامات طريق", "Знак или разметка", "Traffic sign or marking"), 16, 45 * 24, always=True,
            synonyms=s("תמרור, מעבר חציה, סימון", "إشارة, ممر مشاة", "знак, разметка, переход", "sign, crossing, marking")),
    Subject("traffic-light", "roads", "roads", w("רמזור תקול", "إشارة ضوئية معطلة", "Неисправный светофор", "Broken traffic light"), 0.5, 4, always=True,
            synonyms=s("רמזור", "إشارة ضوئية", "светофор", "traffic light")),
    Subject("obstruction", "roads", "inspection", w("מכשול במדרכה", "عائق على الرصيف", "Препятствие на тротуаре", "Obstruction on the pavement"), 16, 7 * DAY,
            synonyms=s("מכשול, חוסם, קורקינט", "عائق, يسد الطريق", "мешает, самокат", "obstruction, blocked, scooter")),
    Subject("flooded-road", "roads", "water", w("הצפה בכביש", "فيضان في الشارع", "Затопленная дорога", "Flooded road"), 0.5, 2, always=True,
            synonyms=s("הצפה, שיטפון, ניקוז", "فيضان, غرق", "затопление, потоп", "flood, drain")),
    Subject("waste-wrong-day", "waste", "inspection", w("הוצאת גזם שלא ביום האיסוף", "إخراج النفايات في غير موعدها", "Мусор не в свой день", "Waste put out on the wrong day"), 2, 6, always=True),
    Subject("park-bin", "waste", "city-looks", w("פח בגינה ציבורית", "حاوية في حديقة عامة", "Урна в сквере", "Bin in a public garden"), 4, DAY),
    Subject("carcass", "cleaning", "city-looks", w("פינוי פגר", "إزالة جيفة", "Уборка падали", "Carcass removal"), 0.5, 2, always=True,
            synonyms=s("פגר, חתול מת", "جيفة", "падаль", "carcass, dead animal")),
    Subject("pavement-weeds", "cleaning", "city-looks", w("עשבייה במדרכה", "أعشاب على الرصيف", "Сорняки на тротуаре", "Weeds on the pavement"), 8, 2 * DAY,
            synonyms=s("עשבים, עשבייה", "أعشاب", "сорняки, трава", "weeds")),
    Subject("sanitation-hazard", "cleaning", "inspection", w("מפגע תברואה", "خطر صحي", "Санитарное нарушение", "Sanitation hazard"), 8, 7 * DAY,
            synonyms=s("תברואה, ריח", "رائحة, صحة", "запах, санитария", "smell, sanitation")),
    Subject("unfenced-lot", "cleaning", "inspection", w("מגרש לא מגודר או מלוכלך", "قطعة أرض مهملة", "Заброшенный участок", "Unfenced or dirty lot"), 16, 30 * DAY,
            synonyms=s("מגרש, חצר נטושה", "قطعة أرض", "пустырь, участок", "lot, abandoned")),
    Subject("tree-danger", "gardens", "gardens", w("עץ או ענף מסוכן", "شجرة أو غصن خطر", "Опасное дерево", "Dangerous tree or branch"), 0.5, 4, always=True,
            synonyms=s("עץ, ענף, נפל עץ", "شجرة, غصن", "дерево, ветка", "tree, branch")),
    Subject("private-branches", "gardens", "inspection", w("ענפים מחצר פרטית", "أغصان من ساحة خاصة", "Ветки с частного двора", "Branches from a private garden"), 8, 3 * DAY),
    Subject("garden-cleaning", "gardens", "gardens", w("ניקיון גינה ציבורית", "تنظيف حديقة عامة", "Уборка сквера", "Cleaning of a public garden"), 4, DAY),
    Subject("cesspool", "water", "inspection", w("בור ספיגה", "حفرة امتصاص", "Выгребная яма", "Cesspool"), DAY, 5 * DAY),
    Subject("peddling", "quiet", "inspection", w("רוכלות", "باعة متجولون", "Уличная торговля", "Peddling"), 0.5, 1, always=True,
            synonyms=s("רוכל, רוכלים", "بائع متجول", "торговец", "peddler")),
    Subject("mosquitoes", "pests", "city-looks", w("הדברת יתושים", "مكافحة البعوض", "Борьба с комарами", "Mosquito control"), 4, DAY),
    Subject("rodents", "pests", "city-looks", w("מכרסמים", "قوارض", "Грызуны", "Rodents"), 8, 2 * DAY),
    Subject("stray-dog", "pests", "inspection", w("כלב משוטט", "كلب ضال", "Бродячая собака", "Stray dog"), 2, 24, always=True,
            synonyms=s("כלב, כלב משוטט", "كلب", "собака", "dog, stray")),
    Subject("parking-blocked", "parking", "inspection", w("חניה חוסמת", "موقف يسدّ الطريق", "Парковка мешает", "Blocking parking"), 0.5, 1, always=True,
            synonyms=s("חניה, רכב חוסם, דוח חניה", "موقف, سيارة", "парковка, машина", "parking, car")),
    Subject("access-hindrance", "roads", "roads", w("מפגע נגישות", "عائق أمام ذوي الإعاقة", "Препятствие для колясок", "Accessibility hindrance"), 8, 5 * DAY,
            synonyms=s("נגישות, רמפה, כיסא גלגלים, עגלה", "إمكانية الوصول, كرسي متحرك", "доступность, пандус, коляска", "accessibility, ramp, wheelchair")),
    Subject("property-tax", "services", "revenue", w("ארנונה והנחות", "الأرنونا والتخفيضات", "Арнона и льготы", "Property tax and discounts"), DAY, 5 * DAY, place=False,
            synonyms=s("ארנונה, הנחה, תשלום, גבייה", "أرنونا, تخفيض, دفع", "арнона, льгота, скидка, налог", "property tax, discount, arnona, payment")),
    Subject("registration", "services", "education", w("רישום לגנים ולבתי ספר", "التسجيل للروضات والمدارس", "Запись в сады и школы", "Kindergarten and school registration"), DAY, 5 * DAY, place=False,
            synonyms=s("רישום, גן, בית ספר, צהרון", "تسجيل, روضة, مدرسة", "запись, сад, школа", "kindergarten, school, registration")),
    Subject("area-manager", "services", "hotline", w("פגישה עם מנהל אזור", "لقاء مع مدير المنطقة", "Встреча с управляющим района", "Meeting with the area manager"), DAY, 3 * DAY, place=False),
)  # fmt: skip
