"""Check a page by keyboard: Tab reaches every control, shows the focus, and follows the reading order."""

from __future__ import annotations

from playwright.sync_api import Page

# What Tab should reach (a group of radio buttons is one stop), what it reaches, and whether the focus is visible: a card, a
# label or a composer may draw the ring for its content. Moving up counts as an error within a column, except for floating
# elements; both positions are read at the same moment, since lists scroll.
WATCH = """() => {
    document.activeElement?.blur();
    const groups = new Set();
    window.wanted = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex]")].filter(
        element => {
            if (element.tabIndex < 0 || element.disabled || element.type === "hidden" || element.closest("[inert]")
                || !element.checkVisibility({visibilityProperty: true})) return false;
            if (element.type !== "radio") return true;
            const group = [...document.forms].indexOf(element.form) + element.name;
            return !groups.has(group) && groups.add(group);
        });
    window.stops = [];
    window.unseen = [];
    const looks = element => {
        const found = [];
        for (let node = element, step = 0; node && step < 6; node = node.parentElement, step++) {
            const {outlineStyle, outlineWidth, boxShadow, borderColor} = getComputedStyle(node);
            found.push(outlineStyle, outlineWidth, boxShadow, borderColor);
        }
        return found.join();
    };
    const plain = new Map(window.wanted.map(element => [element, looks(element)]));
    const afloat = element => element && element !== document.body
        && (getComputedStyle(element).position.match(/sticky|fixed|absolute/) || afloat(element.parentElement));
    const above = (a, b) => a.bottom < b.top - 40 && a.left < b.right && b.left < a.right;
    window.back = [];
    document.addEventListener("focusin", ({target}) => {
        const last = window.stops.at(-1);
        if (plain.get(target) === looks(target)) window.unseen.push(target);
        if (last?.closest("main") && target.closest("main") && !afloat(last) && !afloat(target)
            && above(target.getBoundingClientRect(), last.getBoundingClientRect())
            && !window.stops.includes(target)) window.back.push(target);
        window.stops.push(target);
    });
    const start = document.createElement("span");
    start.tabIndex = -1;
    document.body.prepend(start);
    start.focus();
    start.remove();
    window.stops = [];
    const parts = document.querySelectorAll("input[type=date], input[type=time], input[type=datetime-local], audio, video");
    return window.wanted.length + 8 * parts.length + 4;
}"""
# One round; one radio button counts as its group.
READ = """() => {
    const end = window.stops.findIndex((stop, at) => at > 0 && window.stops.indexOf(stop) < at - 1);
    const stops = end < 0 ? window.stops : window.stops.slice(0, end);
    const same = (a, b) => a === b || a.type === "radio" && b.type === "radio" && a.name === b.name && a.form === b.form;
    const name = element => element.outerHTML.slice(0, 110);
    return {
        missed: window.wanted.filter(element => !stops.some(stop => same(stop, element))).map(name),
        back: window.back.map(name),
        unseen: window.unseen.map(name),
    };
}"""


def tab(page: Page, times: int) -> None:
    """Hold the key down, which repeats it: one message to the browser for each step instead of two."""
    for _stop in range(times):
        page.keyboard.down("Tab")
    page.keyboard.up("Tab")


def by_keyboard(page: Page) -> list[str]:
    """Return the keyboard problems of the open page."""
    tab(page, page.evaluate(WATCH))
    found = page.evaluate(READ)
    tab(page, 60 if found["missed"] else 0)  # new elements may have appeared in between
    found = page.evaluate(READ) if found["missed"] else found
    return [
        *(f"Tab does not come to {element}" for element in found["missed"]),
        *(f"Tab goes back up to {element}" for element in found["back"]),
        *(f"focus is not seen on {element}" for element in found["unseen"]),
    ]
