"""Conversations in Arabic, Russian and English."""

# ruff: noqa: E501 (a phrase is read best in one line)
from __future__ import annotations

from kesher.site.demo import pictures
from kesher.site.demo.talks import DAY, HOUR, Line, Matter, Talk

ARABIC: tuple[Talk, ...] = (
    Talk(
        "سلمى خوري", "ar", {"whatsapp": "+972525550221"},
        (
            Line(52, "in", "الإبلاغ عن خلل"),
            Line(52, "bot", "عمّ تريدون الإبلاغ؟", options=("حفرة أو رصيف", "إنارة الشارع", "حاوية لم تُفرَّغ", "تسرّب مياه أو مجارٍ")),
            Line(51, "in", "تسرّب مياه أو مجارٍ"),
            Line(51, "bot", "أين هذا؟"),
            Line(50, "in", "طريق الميناء 9"),
            Line(50, "bot", "ماذا حدث؟"),
            Line(48, "in", "ماء كثير يخرج من تحت الرصيف منذ الصباح، والشارع زلق"),
            Line(48, "bot", "شكرًا. استلمنا البلاغ. الرقم: {number}."),
        ),
        Matter("water-leak", "new", line=6, street=5, public=True), waits=48,
    ),
    Talk(
        "يوسف منصور", "ar", {"telegram": "5550222"},
        (
            Line(1 * DAY, "in", "لم يُنظَّف شارعنا منذ أسبوعين. دوار المنارة"),
            Line(1 * DAY, "bot", "سيجيبكم موظف هنا. رقم الطلب: {number}."),
            Line(1 * DAY - 40, "yusuf", "مرحبًا يوسف، أرسلت فريق النظافة إلى دوار المنارة اليوم بعد الظهر. هل يمكنك أن ترسل صورة إن بقي شيء؟"),
            Line(18 * HOUR, "in", "نظّفوا نصف الشارع فقط. أرفق صورة", picture=pictures.full_bin),
            Line(17 * HOUR, "yusuf", "شكرًا على الصورة. يعودون غدًا صباحًا لإكمال العمل وتفريغ الحاوية."),
        ),
        Matter("cleaning", "open", kind="question", assignee="yusuf", street=8), assignee="yusuf", held=True,
    ),
    Talk(
        "ليلى زعبي", "ar", {"whatsapp": "+972545550223"},
        (
            Line(3 * DAY, "in", "مرحبا، كيف أسجّل ابنتي للصف الأول؟ نسكن في حي المنارة"),
            Line(3 * DAY, "bot", "سيجيبكم موظف هنا. رقم الطلب: {number}."),
            Line(3 * DAY - 120, "yusuf", "أهلًا ليلى. التسجيل مفتوح حتى نهاية الشهر. أحتاج رقم هوية الطفلة وعنوان السكن كما هو في الهوية."),
        ),
        Matter("registration", "pending", kind="question", assignee="yusuf"), assignee="yusuf", held=True,
    ),
    Talk(
        "خالد عيسى", "ar", {"sms": "+972505550224"},
        (
            Line(2 * DAY, "in", "توقيع 48213"),
            Line(2 * DAY, "bot", "تظليل ملاعب الأطفال قبل الصيف\nهل توقّعون على هذه العريضة؟\n1 نعم\n2 لا"),
            Line(2 * DAY - 1, "in", "1"),
            Line(2 * DAY - 1, "bot", "شكرًا. لقد وقّعتم على «تظليل ملاعب الأطفال قبل الصيف». رقم الإيصال: 9BHV3GTC."),
        ),
    ),
    Talk(
        "رنا شاهين", "ar", {"email": "rana.shahin@example.org"},
        (
            Line(6 * DAY, "in", "السلام عليكم، موسيقى عالية كل ليلة من قاعة الأفراح في زقاق الصيادين حتى الثانية صباحًا. نرجو المساعدة."),
            Line(6 * DAY - 30, "yusuf", "وعليكم السلام رنا، حوّلت الشكوى إلى التفتيش البلدي، وسيزور مفتش القاعة الليلة."),
            Line(4 * DAY, "yusuf", "حُرّرت مخالفة بحق القاعة، ووقّع صاحبها على تعهّد بإيقاف الموسيقى عند الحادية عشرة."),
            Line(3 * DAY, "in", "شكرًا جزيلًا، صار هادئًا."),
        ),
        Matter("noise", "solved", kind="question", assignee="yusuf", street=4, solved=4 * DAY),
    ),
    Talk(
        "سامي بدران", "ar", {"webchat": "demo-visitor-0226"},
        (
            Line(7, "in", "إنارة الشارع معطلة أمام المدرسة"),
            Line(7, "bot", "أين هذا؟\nشارع ورقم بيت، أو أرسلوا موقعكم."),
            Line(5, "in", "موظف"),
            Line(5, "bot", "سيجيبكم موظف هنا. رقم الطلب: {number}."),
        ),
        Matter("street-light", "new", kind="question"), waits=5, held=True,
    ),
)  # fmt: skip

RUSSIAN: tuple[Talk, ...] = (
    Talk(
        "Ирина Волкова", "ru", {"telegram": "5550231"},
        (
            Line(84, "in", "Сообщить о проблеме"),
            Line(84, "bot", "О чём вы хотите сообщить?", options=("Яма или тротуар", "Уличное освещение", "Насекомые и грызуны")),
            Line(83, "in", "Насекомые и грызуны"),
            Line(83, "bot", "Где это?"),
            Line(82, "in", "", street=2),
            Line(82, "bot", "Что случилось?"),
            Line(80, "in", "Во дворе стоячая вода после дождя, вечером тучи комаров, у ребёнка аллергия"),
            Line(80, "bot", "Спасибо, заявка принята. Номер: {number}."),
        ),
        Matter("pests", "new", line=6, street=2), waits=80,
    ),
    Talk(
        "Борис Левинсон", "ru", {"email": "boris.levinson@example.org"},
        (
            Line(4 * DAY, "in", "Здравствуйте! Мне 74 года, живу один. Полагается ли мне скидка на арнону? С уважением, Борис Левинсон"),
            Line(4 * DAY - 200, "lena", "Здравствуйте, Борис! Да, пенсионерам до 25 %, а при доплате к пособию и больше. Пришлите, пожалуйста, справку из Битуах Леуми — можно просто фотографию."),
            Line(2 * DAY, "in", "Спасибо! Отправлю на этой неделе, внук поможет с фото."),
        ),
        Matter("property-tax", "pending", kind="question", assignee="lena"), assignee="lena", held=True,
    ),
    Talk(
        "Наталья Штерн", "ru", {"whatsapp": "+972535550233"},
        (
            Line(5 * DAY, "in", "Под окнами неделю лежит старый диван и ветки. Ха-Харув 22"),
            Line(5 * DAY, "bot", "Спасибо, заявка принята. Номер: {number}."),
            Line(3 * DAY, "bot", "Обращение {number}: решено."),
            Line(3 * DAY - 200, "in", "Вывезли, спасибо!"),
        ),
        Matter("junk", "solved", assignee="lena", street=6, solved=3 * DAY),
    ),
    Talk(
        "Михаил Гуревич", "ru", {"sms": "+972525550234"},
        (
            Line(2 * DAY, "in", "Статус"),
            Line(2 * DAY, "bot", "Какой номер у вашего обращения?"),
            Line(2 * DAY - 2, "in", "Не горит фонарь на бульваре ха-Ям 31, обращался по телефону"),
            Line(2 * DAY - 2, "bot", "Вам ответит сотрудник. Номер обращения: {number}."),
            Line(2 * DAY - 60, "lena", "Михаил, нашла вашу заявку. Кабель повреждён, замена запланирована на четверг."),
        ),
        Matter("street-light", "open", kind="question", assignee="lena", line=2, street=1), assignee="lena", held=True,
    ),
    Talk(
        "Анна Соловей", "ru", {"whatsapp": "+972545550235"},
        (
            Line(31 * HOUR, "in", "Здравствуйте, в гимназию можно записать ребёнка из другого района?"),
            Line(31 * HOUR, "bot", "Вам ответит сотрудник. Номер обращения: {number}."),
        ),
        Matter("registration", "new", kind="question"), waits=31 * HOUR, held=True,
    ),
)  # fmt: skip

ENGLISH: tuple[Talk, ...] = (
    Talk(
        "Sarah Miller", "en", {"whatsapp": "+972505550241"},
        (
            Line(1 * DAY + 30, "in", "Hi, the ramp at Lighthouse Square is blocked by scooters. I use a wheelchair and had to go on the road."),
            Line(1 * DAY + 30, "bot", "A person will answer you here. Your request number is {number}."),
            Line(1 * DAY, "ruth", "Hello Sarah, I am sorry. An inspector is on the way, and we asked the scooter company to mark the square as no-parking."),
            Line(1 * DAY - 5, "note:ruth", "Third complaint about this ramp this month. Tell Miriam: we need bollards."),
            Line(20 * HOUR, "in", "Thank you, it is clear now. Will it stay that way?"),
            Line(19 * HOUR, "ruth", "We are putting up bollards next week. I will write to you when they stand."),
        ),
        Matter("access-hindrance", "open", kind="question", assignee="ruth", street=8), assignee="ruth", held=True,
    ),
    Talk(
        "Tom Becker", "en", {"telegram": "5550242"},
        (
            Line(3 * HOUR, "in", "/start"),
            Line(3 * HOUR, "bot", "How can we help?", options=("Report a problem", "Sign a petition", "Where is my request?", "Talk to a person")),
            Line(178, "in", "Sign a petition"),
            Line(178, "bot", "Which petition do you want to sign?", options=("Shade for our playgrounds before summer", "A dog garden in the Vineyards quarter")),
            Line(177, "in", "A dog garden in the Vineyards quarter"),
            Line(177, "bot", "Thank you. You have signed “A dog garden in the Vineyards quarter”. Your receipt: M6WZ4QRA."),
        ),
    ),
    Talk(
        "Priya Stone", "en", {"email": "priya.stone@example.org"},
        (
            Line(190, "in", "Hello,\nwe moved here in March as new immigrants. Our property tax bill shows the full amount. Is there a discount, and how do we ask for it?\nKind regards, Priya"),
            Line(189, "bot", "Thank you. Your request was received, its number is {number}. We will answer to this address."),
        ),
        Matter("property-tax", "new", kind="question"), waits=190,
    ),
    Talk(
        "Daniel Wells", "en", {"whatsapp": "+972535550244"},
        (
            Line(6 * HOUR, "in", "report"),
            Line(6 * HOUR, "bot", "What is it about?", options=("Pothole or pavement", "Street light", "Bin not emptied")),
            Line(359, "in", "Street light"),
            Line(359, "bot", "Where is it?"),
            Line(358, "in", "", street=7),
            Line(358, "bot", "What happened?"),
            Line(356, "in", "Lamp is out, it is pitch dark at the bus stop", picture=pictures.dark_lamp),
            Line(356, "bot", "Thank you. Your report was received. Number: {number}."),
        ),
        Matter("street-light", "new", line=6, street=7, public=True), waits=356,
    ),
)  # fmt: skip
