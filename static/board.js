/*
 * board - cards are dragged between columns.  The same move is in the menu of
 * every card, which is how it goes by keyboard, touch and without scripts.
 */
import { load, replace, say, send } from "./page.js";

let lifted = null;

function recount(board) {
	for (const column of board.querySelectorAll("[data-column]")) {
		const n = column.querySelectorAll("[data-card]").length;
		column.querySelector("[data-count]").textContent = n;
		const none = column.querySelector("[data-none]");
		if (none) {
			none.hidden = n > 0;
		}
	}
}

async function move(board, card, column) {
	const status = column.dataset.column;
	const place = { parent: card.parentElement, next: card.nextElementSibling };
	if (card.dataset.status === status) {
		return;
	}
	column.querySelector("[data-cards]").prepend(card);
	card.classList.add("busy");
	recount(board);
	try {
		const answer = await send(`/app/tasks/${card.dataset.card}/move`, {
			method: "POST",
			body: new URLSearchParams({ status, _csrf: board.dataset.csrf }),
		});
		if (!answer.ok) {
			throw new Error(`${answer.status}`);
		}
		card.dataset.status = status;
		say(`Moved to ${column.querySelector("h2").textContent}`);
		replace("board", await load(location.href));
	} catch {
		place.parent.insertBefore(card, place.next);
		card.classList.remove("busy");
		recount(board);
		say("The card could not be moved. Is the connection there?");
	}
}

function start(board) {
	if (!board || !board.querySelector(".card-menu")) {
		return; /* nothing here for this person to move */
	}
	for (const card of board.querySelectorAll("[data-card]")) {
		card.draggable = true;
		for (const link of card.querySelectorAll("a")) {
			link.draggable = false;
		}
	}
	board.addEventListener("dragstart", (event) => {
		lifted = event.target.closest?.("[data-card]");
		if (lifted) {
			event.dataTransfer.effectAllowed = "move";
			event.dataTransfer.setData("text/plain", lifted.dataset.card);
			lifted.classList.add("lifted");
		}
	});
	board.addEventListener("dragend", () => {
		lifted?.classList.remove("lifted");
		lifted = null;
		for (const column of board.querySelectorAll(".over")) {
			column.classList.remove("over");
		}
	});
	for (const column of board.querySelectorAll("[data-column]")) {
		column.addEventListener("dragover", (event) => {
			if (lifted) {
				event.preventDefault();
				event.dataTransfer.dropEffect = "move";
				column.classList.add("over");
			}
		});
		column.addEventListener("dragleave", (event) => {
			if (!column.contains(event.relatedTarget)) {
				column.classList.remove("over");
			}
		});
		column.addEventListener("drop", (event) => {
			event.preventDefault();
			column.classList.remove("over");
			if (lifted) {
				move(board, lifted, column);
			}
		});
	}
}

export function board() {
	start(document.querySelector("[data-board]"));
	document.addEventListener("maestro:part", (event) => {
		start(event.detail.querySelector("[data-board]"));
	});
}
