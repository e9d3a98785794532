/*
 * upload - files dropped on the form or chosen in it go up one after the
 * other, each with its own progress and its own error.  XMLHttpRequest,
 * because fetch reports no progress of what it sends.
 */
import { load, replace, say } from "./page.js";

function row(list, file) {
	const item = document.createElement("li");
	const name = document.createElement("span");
	const state = document.createElement("span");
	const bar = document.createElement("progress");
	const stop = document.createElement("button");

	name.className = "name one-line";
	name.textContent = file.name;
	state.className = "quiet num";
	state.textContent = "Waiting";
	bar.className = "meter";
	bar.max = 100;
	bar.value = 0;
	bar.setAttribute("aria-label", `Upload of ${file.name}`);
	stop.type = "button";
	stop.className = "plain";
	stop.textContent = "Cancel";
	stop.setAttribute("aria-label", `Cancel the upload of ${file.name}`);
	item.append(name, state, stop, bar);
	list.append(item);
	return { item, state, bar, stop };
}

function put(form, file, parts) {
	return new Promise((resolve) => {
		const request = new XMLHttpRequest();
		const body = new FormData();

		body.append("_csrf", form.elements._csrf.value);
		body.append("file", file, file.name);
		request.open("POST", form.action);
		request.setRequestHeader("X-Requested-With", "fetch");
		request.upload.addEventListener("progress", (event) => {
			if (event.lengthComputable) {
				const part = Math.floor(100 * event.loaded / event.total);
				parts.bar.value = part;
				parts.state.textContent = part < 100 ? `${part} %` : "Storing";
			}
		});
		request.addEventListener("load", () => {
			if (request.status < 300) {
				resolve(null);
				return;
			}
			let text = `Refused (${request.status})`;
			try {
				text = JSON.parse(request.responseText).message;
			} catch { /* not ours: a proxy on the way */ }
			resolve(request.status === 413 ? "The file is too big" : text);
		});
		request.addEventListener("error", () => resolve("The connection broke"));
		request.addEventListener("abort", () => resolve("Cancelled"));
		parts.stop.addEventListener("click", () => request.abort());
		request.send(body);
	});
}

async function all(form, list, files) {
	const jobs = files.map((file) => ({ file, parts: row(list, file) }));
	for (const { parts } of jobs) {
		parts.stop.addEventListener("click", () => { parts.cancelled = true; });
	}
	let done = 0;
	for (const { file, parts } of jobs) {
		const wrong = parts.cancelled ? "Cancelled"
			: await put(form, file, parts);
		parts.stop.remove();
		if (wrong) {
			parts.state.className = "wrong";
			parts.state.textContent = wrong;
			parts.bar.remove();
			setTimeout(() => parts.item.remove(), 30000);
			continue;
		}
		done++;
		parts.item.remove();
		try {
			replace(form.dataset.upload || "files",
				await load(location.href));
		} catch { /* the list is stale until the next visit */ }
	}
	if (done) {
		say(done === 1 ? "1 file uploaded" : `${done} files uploaded`);
	}
}

export function upload() {
	const form = document.querySelector("form[data-upload]");
	const list = document.querySelector("[data-uploads]");
	if (!form || !list) {
		return;
	}
	const input = form.querySelector("input[type=file]");
	let inside = 0;

	input.addEventListener("change", () => {
		const files = [...input.files];
		input.value = "";
		all(form, list, files);
	});
	form.addEventListener("submit", (event) => event.preventDefault());
	form.addEventListener("dragenter", () => {
		inside++;
		form.classList.add("over");
	});
	form.addEventListener("dragleave", () => {
		if (--inside === 0) {
			form.classList.remove("over");
		}
	});
	form.addEventListener("dragover", (event) => event.preventDefault());
	form.addEventListener("drop", (event) => {
		event.preventDefault();
		inside = 0;
		form.classList.remove("over");
		/* Folders arrive as entries without a type; they are left out. */
		const files = [...event.dataTransfer.items]
			.filter((item) => item.kind === "file"
				&& !item.webkitGetAsEntry?.()?.isDirectory)
			.map((item) => item.getAsFile());
		if (files.length) {
			all(form, list, files);
		}
	});
}
