/*
 * maestro - what the scripts add.  Every page works without them; each module
 * looks for its own data-* attribute and does nothing when it is absent.
 */
import { board } from "./board.js";
import { dialogs } from "./dialogs.js";
import { filters } from "./filters.js";
import { forms } from "./forms.js";
import { order } from "./order.js";
import { times } from "./times.js";
import { upload } from "./upload.js";

document.documentElement.classList.add("js");
forms();
dialogs();
filters();
board();
order();
upload();
times();
