/*
 * times - the server writes times in UTC; here they become the reader's own.
 * Dates without a time of day (a due date) are the same day for everybody;
 * they are only written as the reader writes dates.
 */
const format = new Intl.DateTimeFormat(undefined, {
	dateStyle: "medium", timeStyle: "short",
});

function day(text) {
	const when = new Date(`${text}T00:00:00Z`);
	return new Intl.DateTimeFormat(undefined, {
		day: "numeric", month: "short", timeZone: "UTC",
		year: when.getUTCFullYear() === new Date().getFullYear()
			? undefined : "numeric",
	}).format(when);
}

function localise(root) {
	for (const node of root.querySelectorAll("time[datetime*=T]")) {
		const when = new Date(node.dateTime);
		if (!Number.isNaN(when.valueOf())) {
			node.textContent = format.format(when);
		}
	}
	for (const node of root.querySelectorAll("time:not([datetime*=T])")) {
		if (/^\d{4}-\d\d-\d\d$/.test(node.dateTime)) {
			node.textContent = day(node.dateTime);
		}
	}
}

export function times() {
	localise(document);
	document.addEventListener("maestro:part", (event) => localise(event.detail));
}
