/*
 * page - fetching our own pages and replacing parts of this one.
 *
 * The server refreshes the session by itself when the access token has run
 * out, so a request here needs no care for it; when it sends us to the sign-in
 * page after all, we go there for real.
 */
export async function send(url, options = {}) {
	const answer = await fetch(url, {
		credentials: "same-origin",
		redirect: "follow",
		...options,
		headers: { "X-Requested-With": "fetch", ...options.headers },
	});
	if (answer.redirected && new URL(answer.url).pathname === "/app/sign-in") {
		location.assign(`/app/sign-in?next=${encodeURIComponent(
			location.pathname + location.search)}`);
		return new Promise(() => {}); /* the page is leaving */
	}
	return answer;
}

export async function load(url, options) {
	const answer = await send(url, options);
	if (!answer.ok) {
		throw new Error(`${answer.status}`);
	}
	return new DOMParser().parseFromString(await answer.text(), "text/html");
}

/* Takes #id of another document in place of ours; says so to the modules. */
export function replace(id, from) {
	const fresh = from.getElementById(id);
	const stale = document.getElementById(id);
	if (fresh && stale) {
		const node = document.importNode(fresh, true);
		stale.replaceWith(node);
		document.dispatchEvent(new CustomEvent("maestro:part", { detail: node }));
	}
}

let box;

/* A sentence at the bottom of the window, read out by screen readers. */
export function say(text) {
	if (!box) {
		box = document.createElement("div");
		box.className = "toast";
		box.setAttribute("role", "status");
		box.hidden = true;
		document.body.append(box);
	}
	box.hidden = false;
	box.textContent = text;
	clearTimeout(say.timer);
	say.timer = setTimeout(() => { box.hidden = true; }, 5000);
}
