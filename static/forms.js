/*
 * forms - questions before something is deleted, selects that send at once,
 * texts to copy, a warning before written words are lost, menus that close.
 */
import { ask } from "./dialogs.js";
import { say } from "./page.js";

/* data-confirm="Question?" on a form: asked in a dialog, then sent. */
async function confirmed(event) {
	const form = event.target;
	const question = form.dataset.confirm;
	if (!question || form.dataset.sure) {
		return;
	}
	event.preventDefault();
	const button = event.submitter ?? form.querySelector("button");
	if (await ask(question, button.textContent.trim()
		|| button.getAttribute("aria-label"))) {
		form.dataset.sure = "yes";
		form.requestSubmit();
	} else {
		button.focus();
	}
}

/* Without scripts a box asks; a required one that nobody sees would keep the
 * form from being sent. */
function unbox(root) {
	root.querySelectorAll(".sure").forEach((box) => box.remove());
}

/* data-guard on a form: leaving with unsaved changes is asked about. */
function guard(form) {
	let dirty = false;
	for (const field of form.elements) {
		field.addEventListener("input", () => { dirty = true; });
	}
	form.addEventListener("submit", () => { dirty = false; });
	window.addEventListener("beforeunload", (event) => {
		if (dirty) {
			event.preventDefault();
		}
	});
}

async function copy(button) {
	const field = button.parentElement.querySelector("[data-copy-from]");
	field.select();
	try {
		await navigator.clipboard.writeText(field.value);
		say("Copied");
	} catch {
		say("Press Ctrl+C to copy");
	}
}

function closeMenus(except) {
	for (const menu of document.querySelectorAll("details.menu[open]")) {
		if (!menu.contains(except)) {
			menu.open = false;
		}
	}
}

export function forms() {
	unbox(document);
	document.addEventListener("maestro:part", (event) => unbox(event.detail));
	document.addEventListener("submit", confirmed);
	document.addEventListener("change", (event) => {
		const form = event.target.closest("form[data-autosubmit]");
		form?.requestSubmit();
	});
	document.addEventListener("click", (event) => {
		closeMenus(event.target);
		const button = event.target.closest("[data-copy]");
		if (button) {
			copy(button);
		}
	});
	document.addEventListener("keydown", (event) => {
		if (event.key === "Enter"
			&& event.target.matches?.("[data-one-line]")) {
			event.preventDefault();
			event.target.form.requestSubmit();
		}
		if (event.key !== "Escape") {
			return;
		}
		const menu = event.target.closest?.("details[open]");
		if (menu) {
			menu.open = false;
			menu.querySelector("summary").focus();
		}
	});
	document.addEventListener("toggle", (event) => {
		const box = event.target;
		if (box.matches?.("details.adder[open]")) {
			box.querySelector("input:not([type=hidden]), textarea")?.focus();
		}
	}, true);
	document.querySelectorAll("form[data-guard]").forEach(guard);
	document.querySelector("[aria-invalid=true]")?.focus();
}
