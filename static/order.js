/*
 * order - things in a list are sorted: by dragging their grip with mouse, pen
 * or finger, by arrow keys on the grip, and by the buttons, which also work
 * without scripts.  What is sent is which thing moved and behind which other.
 *
 * Only the neighbours are moved in the document, never the thing itself: so
 * it keeps the focus and the captured pointer.
 */
import { say, send } from "./page.js";

const EDGE_PX = 64;
const STEP_PX = 14;

function items(list) {
	return [...list.querySelectorAll("[data-order-item]")];
}

/* Puts item behind `after`; null: first. */
function place(list, item, after) {
	const all = items(list);
	const from = all.indexOf(item);
	const to = after ? all.indexOf(after) : -1;
	if (to >= from) {
		for (const other of all.slice(from + 1, to + 1)) {
			list.insertBefore(other, item);
		}
		return;
	}
	for (const other of all.slice(to + 1, from).reverse()) {
		list.insertBefore(other, item.nextElementSibling);
	}
}

/* The first cannot go up, the last not down, unless there are more behind it
 * that the page does not show. */
function mark(list) {
	const all = items(list);
	all.forEach((item, n) => {
		const up = item.querySelector("[name=to][value=up]");
		const down = item.querySelector("[name=to][value=down]");
		if (!up || !down) {
			return;
		}
		const had = document.activeElement;
		up.disabled = n === 0;
		down.disabled = n === all.length - 1
			&& !("orderMore" in list.dataset);
		if (had === up && up.disabled) {
			down.focus();
		} else if (had === down && down.disabled) {
			up.focus();
		}
	});
}

/* Moves are sent one after the other: the last must arrive last. */
let before = Promise.resolve();

async function save(list, item, back) {
	const after = item.previousElementSibling?.dataset.orderItem ?? "";
	const nth = items(list).indexOf(item) + 1;
	const turn = before;
	let done;
	before = new Promise((resolve) => { done = resolve; });
	mark(list);
	say(`${item.dataset.name}: ${nth} of ${items(list).length}`);
	await turn;
	try {
		const answer = await send(list.dataset.order, {
			method: "POST",
			body: new URLSearchParams({
				item: item.dataset.orderItem, after, _csrf: list.dataset.csrf,
			}),
		});
		if (!answer.ok) {
			throw new Error(`${answer.status}`);
		}
	} catch {
		place(list, item, back);
		mark(list);
		say("The order could not be saved. Is the connection there?");
	} finally {
		done();
	}
}

/* One step; +1 is down.  False: it would leave the page. */
function step(list, item, by) {
	const all = items(list);
	const at = all.indexOf(item);
	if (!all[at + by]) {
		return false;
	}
	const back = all[at - 1] ?? null;
	place(list, item, by > 0 ? all[at + 1] : all[at - 2] ?? null);
	item.scrollIntoView({ block: "nearest" });
	save(list, item, back);
	return true;
}

function drag(list, grip, event) {
	const item = grip.closest("[data-order-item]");
	const back = item.previousElementSibling;

	function follow(move) {
		const { clientY } = move;
		if (clientY < EDGE_PX * 2) {
			scrollBy(0, -STEP_PX); /* there is a bar at the top */
		} else if (clientY > innerHeight - EDGE_PX) {
			scrollBy(0, STEP_PX);
		}
		let after = null;
		for (const other of items(list)) {
			const box = other.getBoundingClientRect();
			if (other !== item && clientY > box.top + box.height / 2) {
				after = other;
			}
		}
		if (after !== item.previousElementSibling) {
			place(list, item, after);
		}
	}

	function end(stop) {
		grip.removeEventListener("pointermove", follow);
		grip.removeEventListener("pointerup", end);
		grip.removeEventListener("pointercancel", end);
		document.removeEventListener("keydown", cancel, true);
		item.classList.remove("lifted");
		if (stop.type !== "pointerup") {
			place(list, item, back);
		} else if (item.previousElementSibling !== back) {
			save(list, item, back);
		}
	}

	function cancel(key) {
		if (key.key === "Escape") {
			key.stopPropagation();
			end(key);
		}
	}

	event.preventDefault();
	grip.focus();
	grip.setPointerCapture(event.pointerId);
	item.classList.add("lifted");
	grip.addEventListener("pointermove", follow);
	grip.addEventListener("pointerup", end);
	grip.addEventListener("pointercancel", end);
	document.addEventListener("keydown", cancel, true);
}

function start(list) {
	list.addEventListener("pointerdown", (event) => {
		const grip = event.target.closest("[data-grip]");
		if (grip && event.button === 0) {
			drag(list, grip, event);
		}
	});
	list.addEventListener("keydown", (event) => {
		const by = { ArrowUp: -1, ArrowDown: 1 }[event.key];
		const grip = event.target.closest("[data-grip]");
		if (by && grip) {
			event.preventDefault();
			step(list, grip.closest("[data-order-item]"), by);
		}
	});
	list.addEventListener("submit", (event) => {
		if (event.target.matches("[data-order-form]") && event.submitter
			&& step(list, event.target.closest("[data-order-item]"),
				event.submitter.value === "up" ? -1 : 1)) {
			event.preventDefault();
		}
	});
}

export function order() {
	document.querySelectorAll("[data-order]").forEach(start);
}
