/*
 * dialogs - a link with data-dialog opens the form of the page it leads to in
 * a dialog.  The form is sent as it would be from its own page, so mistakes
 * come back as that page, with the errors beside the fields.
 */
import { load } from "./page.js";

function element(name, attributes = {}, ...inside) {
	const node = document.createElement(name);
	for (const [key, value] of Object.entries(attributes)) {
		node.setAttribute(key, value);
	}
	node.append(...inside);
	return node;
}

function show(title, body) {
	const id = "dialog-title";
	const close = element("button", {
		type: "button", class: "plain square", "aria-label": "Close",
	}, "✕");
	const dialog = element("dialog", { "aria-labelledby": id },
		element("div", { class: "dialog-head" },
			element("h2", { id }, title), close),
		element("div", { class: "dialog-body" }, body));
	close.addEventListener("click", () => dialog.close());
	dialog.addEventListener("click", (event) => {
		if (event.target === dialog) {
			dialog.close(); /* the backdrop */
		}
	});
	dialog.addEventListener("close", () => dialog.remove());
	document.body.append(dialog);
	dialog.showModal();
	return dialog;
}

/* Resolves to true when the person presses the button called `yes`. */
export function ask(question, yes) {
	return new Promise((resolve) => {
		const sure = element("button", { type: "button", class: "danger" }, yes);
		const no = element("button", { type: "button", class: "plain" }, "Cancel");
		const dialog = show(question, element("div", { class: "row" }, sure, no));
		let answer = false;
		sure.addEventListener("click", () => { answer = true; dialog.close(); });
		no.addEventListener("click", () => dialog.close());
		dialog.addEventListener("close", () => resolve(answer));
		no.focus();
	});
}

async function open(link) {
	let page;
	try {
		page = await load(link.href);
	} catch {
		location.assign(link.href); /* let the browser tell */
		return;
	}
	const form = page.querySelector("form[data-dialog-form]");
	if (!form) {
		location.assign(link.href);
		return;
	}
	const dialog = show(page.querySelector("main h1").textContent,
		document.importNode(form, true));
	dialog.querySelector("input:not([type=hidden]), textarea").focus();
	const cancel = dialog.querySelector("a.button.plain");
	cancel?.addEventListener("click", (event) => {
		event.preventDefault();
		dialog.close();
	});
	dialog.addEventListener("close", () => link.focus());
}

export function dialogs() {
	document.addEventListener("click", (event) => {
		const link = event.target.closest("a[data-dialog]");
		if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey
			&& event.button === 0) {
			event.preventDefault();
			open(link);
		}
	});
}
