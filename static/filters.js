/*
 * filters - the list follows the filter bar as it is typed; the address
 * follows too, so that a filtered list can be linked to.  data-filters names
 * the element that is replaced.
 */
import { load, replace } from "./page.js";

export function filters() {
	const form = document.querySelector("form[data-filters]");
	if (!form) {
		return;
	}
	let timer;
	let turn = 0;

	async function apply() {
		const mine = ++turn;
		const query = new URLSearchParams(new FormData(form));
		for (const [key, value] of [...query]) {
			if (value === "") {
				query.delete(key);
			}
		}
		const url = form.action + (query.size ? `?${query}` : "");
		let page;
		try {
			page = await load(url);
		} catch {
			form.submit();
			return;
		}
		if (mine === turn) { /* a later one has not overtaken us */
			replace(form.dataset.filters, page);
			history.replaceState(null, "", url);
		}
	}

	form.addEventListener("submit", (event) => {
		event.preventDefault();
		apply();
	});
	form.addEventListener("input", (event) => {
		clearTimeout(timer);
		timer = setTimeout(apply, event.target.type === "search" ? 200 : 0);
	});
}
