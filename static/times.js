/*
 * times - the server writes times in UTC; here they become the reader's own.
 * Dates without a time of day (a due date) stay as they are.
 */
const format = new Intl.DateTimeFormat(undefined, {
	dateStyle: "medium", timeStyle: "short",
});

function localise(root) {
	for (const node of root.querySelectorAll("time[datetime*=T]")) {
		const when = new Date(node.dateTime);
		if (!Number.isNaN(when.valueOf())) {
			node.textContent = format.format(when);
		}
	}
}

export function times() {
	localise(document);
	document.addEventListener("maestro:part", (event) => localise(event.detail));
}
