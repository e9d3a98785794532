/*
 * tabs - in a narrow window the tabs are one line that scrolls; the one that
 * is open is brought into sight.
 */
export function tabs() {
	const here = document.querySelector(".tabs a[aria-current]");
	const bar = here?.closest("ul");
	if (bar && bar.scrollWidth > bar.clientWidth) {
		bar.scrollLeft = here.offsetLeft - (bar.clientWidth
			- here.offsetWidth) / 2;
	}
}
