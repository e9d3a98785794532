/*
 * Two people and the whole of it: sign up, a project, tasks on a board, an
 * invitation, files; and what the one who is not invited sees of it: nothing.
 */
import { readFileSync } from "node:fs";
import {
	agent, expect, go, has, is, ok, person, signIn, signUp, story, text, url,
} from "./people.mjs";

const soon = new Date(Date.now() + 3 * 86400e3).toISOString().slice(0, 10);

function card(page, title) {
	return page.locator("[data-card]", { hasText: title });
}

function column(page, status) {
	return page.locator(`[data-column=${status}]`);
}

async function newTask(page, title, more = {}) {
	await page.click("text=New task");
	await page.fill("dialog #title", title);
	for (const [field, value] of Object.entries(more)) {
		await page.fill(`dialog #${field}`, value);
	}
	await page.click("dialog >> text=Create task");
	await card(page, title).waitFor();
}

async function makesProject(ann) {
	await signUp(ann, "Ann");
	has(await text(ann), "Nothing on the stand yet", "a new account: empty, kindly");
	await ann.click("text=Create the first project");
	await ann.fill("dialog #name", "   ");
	expect(/^422 \/app\/projects$/);
	await ann.click("dialog >> text=Create project");
	has(await text(ann, "#name-wrong"), "not blank", "the mistake stands beside its field");
	await ann.fill("#name", "Autumn release");
	await ann.fill("#description", "All <b>that</b> & more");
	await ann.click("text=Create project");
	await ann.waitForURL(/\/app\/projects\/proj_/);
	has(await text(ann), "A clear board", "the board of a new project says what to do");
	return new URL(ann.url()).pathname;
}

async function worksOnBoard(ann, project) {
	await newTask(ann, "Write the guide", { tags: "docs, urgent", dueDate: soon });
	await newTask(ann, "Measure the board");
	await column(ann, "in_review").locator("summary").click();
	await ann.fill("#add-in_review", "Review <script>alert(1)</script>");
	await column(ann, "in_review").locator("text=Add task").click();
	await card(ann, "Review <script>").waitFor();
	ok(true, "a task's title is text, never markup");

	await card(ann, "Write the guide")
		.dragTo(column(ann, "in_progress"), { targetPosition: { x: 60, y: 90 } });
	await ann.locator("[data-column=in_progress] [data-card]").waitFor();
	await ann.locator(".toast", { hasText: "Moved to In progress" }).waitFor();
	await ann.reload();
	is(await column(ann, "in_progress").locator("[data-card]").count(), 1,
		"a dragged card is still there after a reload");
	await card(ann, "Measure the board").locator("summary").click();
	await card(ann, "Measure the board").locator("select").selectOption("blocked");
	await card(ann, "Measure the board").locator("text=Move >> nth=-1").click();
	await column(ann, "blocked").locator("[data-card]").waitFor();
	ok(true, "the menu of a card moves it too");

	await ann.fill("#q", "guide");
	await ann.locator("text=1 task matches").waitFor();
	is(await ann.locator("[data-card]").count(), 1, "the search leaves what matches");
	has(ann.url(), "q=guide", "and the address follows");
	await go(ann, `${project}?tag=urgent&priority=low`);
	has(await text(ann), "No task matches", "filters add up");
	await go(ann, project);
}

async function worksOnTask(ann, project) {
	await ann.click("text=Write the guide");
	await ann.waitForURL(/\/app\/tasks\//);
	const task = new URL(ann.url()).pathname;
	await ann.fill("#description", "First\nsecond");
	await ann.selectOption("#priority", "high");
	await ann.fill("#dueDate", "2020-02-02");
	await ann.click("text=Save changes");
	await ann.locator("text=Saved.").waitFor();
	is(await ann.inputValue("#description"), "First\nsecond", "the description is kept");
	await ann.click("text=Add a subtask");
	await ann.fill("#subtask-title", "Outline");
	await ann.keyboard.press("Enter");
	await ann.click("[aria-label='Complete: Outline']");
	await ann.locator("text=1 of 1").waitFor();
	ok(true, "a subtask is ticked off");
	has(await text(ann, ".timeline"), "Started", "the timeline tells what happened");
	await go(ann, project);
	has(await text(ann, "[data-column=in_progress]"), "Overdue", "an overdue card says so");
	has(await text(ann, "[data-column=in_progress]"), "1/1", "and how far its subtasks are");
	return task;
}

async function seesNothing(bob, project, task) {
	await signUp(bob, "Bob");
	has(await text(bob), "Nothing on the stand yet", "somebody else sees no project");
	expect(/^404 \/app\/(projects|tasks)\//);
	for (const path of [project, task, `${project}/files`, `${project}/members`,
		`${project}/settings`, `${project}/tasks/new`]) {
		is(await go(bob, path), 404, `not invited: ${path.split("/").at(-1)} looks absent`);
	}
	const answer = await bob.request.get(`${url}/api${project.slice(4)}/board`);
	is(answer.status(), 404, "nor does the API show it");
	/* A form of bob's own page, sent to a task that is not his. */
	await go(bob, "/app/projects/new");
	const csrf = await bob.inputValue("main [name=_csrf]");
	const moved = await bob.request.post(`${url}${task}/move`, {
		form: { _csrf: csrf, status: "completed" } });
	is(moved.status(), 404, "nor may a form move its tasks");
	const forged = await bob.request.post(`${url}/app/projects`, {
		form: { name: "forged" } });
	is(forged.status(), 403, "a form without its CSRF field is refused");
}

async function invites(ann, bob, project) {
	await go(ann, `${project}/members`);
	await ann.fill("main #email", "cleo@browser.test");
	await ann.click("button:text-is('Invite')");
	const link = await ann.inputValue("[aria-label='Invitation link']");
	await ann.reload();
	is(await ann.locator("[aria-label='Invitation link']").count(), 0,
		"the link is shown once");
	has(await text(ann), "cleo@browser.test", "the invitation is listed");
	await bob.goto(link);
	has(await text(bob), "Ann invites you", "who holds the link sees who invites");
	await bob.click("text=Join the project");
	await bob.waitForURL(url + project);
	has(await text(bob), "Write the guide", "and sees the board after joining");
	expect(/^404 \/app\/invitation$/);
	await bob.goto(link);
	has(await text(bob), "invitation is gone", "the link works once");
	await go(bob, project);
	await card(bob, "Write the guide")
		.dragTo(column(bob, "completed"), { targetPosition: { x: 60, y: 90 } });
	await bob.locator(".toast").waitFor();
	await go(ann, project);
	is(await column(ann, "completed").locator("[data-card]").count(), 1,
		"what a member moves, the others see");

	await go(ann, `${project}/members`);
	await ann.getByLabel("Role of Bob").selectOption("viewer");
	await ann.locator("text=The role is changed").waitFor();
	await go(bob, project);
	is(await bob.locator("text=New task").count(), 0, "a viewer is offered no changes");
	is(await bob.locator(".card-menu").count(), 0, "and no card menus");
	await go(bob, `${project}/settings`);
	is(await bob.locator("text=Delete project").count(), 0, "nor the end of the project");
}

/* A drawing of one colour. */
function drawing(name, colour) {
	return { name, mimeType: "image/svg+xml", buffer: Buffer.from(
		`<svg xmlns="http://www.w3.org/2000/svg" width="80" height="60">
		<rect width="80" height="60" fill="${colour}"/>
		<script>parent.document.title = "ran";</script></svg>`) };
}

async function showsImages(ann, bob, task) {
	await go(ann, task);
	await ann.setInputFiles("#image", [drawing("teal.svg", "teal"),
		drawing("A very long name of a picture of the plum tree.svg", "plum")]);
	await ann.locator("text=2 files uploaded").waitFor();
	is(await ann.locator("#images img").count(), 2, "images appear as they come");
	await ann.locator("#images").scrollIntoViewIfNeeded();
	await ann.waitForFunction(() => [...document.querySelectorAll("#images img")]
		.every((image) => image.complete && image.naturalWidth === 80));
	ok(true, "drawn");
	ok(await ann.title() !== "ran", "and running nothing");
	expect(/^400 .*\/images$/);
	await ann.setInputFiles("#image", [{ name: "page.png", mimeType: "image/png",
		buffer: Buffer.from("<p>no</p>") }]);
	await ann.locator(".uploads .wrong").waitFor();
	has(await text(ann, ".uploads"), "no PNG, JPEG", "what is no image is told beside it");
	await ann.click("[aria-label='Delete teal.svg']");
	await ann.click("dialog button.danger");
	await ann.locator("text=The image is deleted").waitFor();
	await go(bob, task);
	is(await bob.locator("#images img").count(), 1, "a viewer sees the other");
	is(await bob.locator("[data-upload]").count(), 0, "and is offered no upload");
}

async function sharesFiles(ann, bob, project) {
	await go(ann, `${project}/files`);
	const big = Buffer.alloc(3 << 20, "maestro ");
	await ann.setInputFiles("#file", [
		{ name: "Räkning 2026.txt", mimeType: "text/plain", buffer: Buffer.from("hej\n") },
		{ name: "big.bin", mimeType: "application/octet-stream", buffer: big },
	]);
	await ann.locator("text=2 files uploaded").waitFor();
	const drop = await ann.evaluateHandle(() => {
		const data = new DataTransfer();
		data.items.add(new File(["%PDF-1.4\n%dropped"], "plan.pdf"));
		return data;
	});
	await ann.dispatchEvent("[data-upload]", "drop", { dataTransfer: drop });
	await ann.locator(".files >> text=plan.pdf").waitFor();
	is(await ann.locator(".files li").count(), 3, "chosen and dropped files are listed");
	expect(/^409 .*\/files$/);
	await ann.setInputFiles("#file", [
		{ name: "big.bin", mimeType: "text/plain", buffer: Buffer.from("other") }]);
	await ann.locator(".uploads .wrong").waitFor();
	has(await text(ann, ".uploads"), "already", "a name that is taken is told beside it");

	await go(bob, `${project}/files`);
	is(await bob.locator("[data-upload]").count(), 0, "a viewer is offered no upload");
	const [download] = await Promise.all([bob.waitForEvent("download"),
		bob.click("[aria-label='Download big.bin']")]);
	is(download.suggestedFilename(), "big.bin", "a download has its name");
	ok(readFileSync(await download.path()).equals(big), "and its bytes");
	const href = await bob.locator("text=Räkning").getAttribute("href");
	const shown = await bob.request.get(url + href);
	is(await shown.text(), "hej\n", "a text shows in the browser");
	has(shown.headers()["content-security-policy"] ?? "", "sandbox",
		"in a sandbox");
	const stranger = await person();
	await signUp(stranger, "Cleo");
	is((await stranger.request.get(url + href)).status(), 404,
		"a stranger gets no file, whatever its address");
	await stranger.context().close();

	await ann.click("[aria-label='Delete plan.pdf']");
	await ann.click("dialog >> text=Cancel");
	is(await ann.locator(".files li").count(), 3, "deleting asks first");
	await ann.click("[aria-label='Delete plan.pdf']");
	await ann.click("dialog .danger");
	await ann.locator("text=The file is deleted").waitFor();
	is(await ann.locator(".files li").count(), 2, "and then deletes");
}

async function guidesAgents(ann, bob, project, task) {
	const send = await agent(ann, "ann@browser.test", "correct horse Ann");
	const projectId = project.split("/").at(-1);
	const taskId = task.split("/").at(-1);
	const parent = await send("POST", "/sessions", {
		projectId, taskIds: [taskId], name: "Conductor" });
	const child = await send("POST", "/sessions", { projectId,
		taskIds: [taskId], name: "Writer <b>", parentSessionId: parent.id });
	await send("POST", `/sessions/${child.id}/docs`, { title: "The plan",
		filePath: "plan.md", content: "# Plan\n\n- [x] begin\n\n<script>alert(1)</script>" });
	await send("PATCH", `/sessions/${child.id}`, { needsInput: {
		active: true, message: "Which <key>?", since: Date.now() } });

	await go(ann, project);
	has(await text(ann, ".queue"), "Which <key>?", "the front page shows who waits");
	has(await text(ann, ".tabs"), "1", "the tab counts them");
	await go(bob, project);
	is(await bob.locator(".queue form").count(), 0, "a viewer may not answer");
	await ann.click(".queue summary");
	await ann.locator(".queue textarea:focus").waitFor();
	ok(true, "opening the box puts the focus into it");
	await ann.keyboard.type("D minor");
	await ann.click("text=Send answer");
	await ann.locator("text=Sent to the session").waitFor();
	is(await ann.locator(".queue").count(), 0, "an answer empties the queue");
	is(ann.url(), url + project, "and one is still on the front page");

	await ann.click("nav.tabs >> text=Sessions");
	await ann.locator(".session").first().waitFor();
	has(await text(ann, ".depth-1"), "Writer <b>", "a child stands below its parent");
	await ann.fill("#q", "conduct");
	await ann.locator("#sessions >> text=1 session").waitFor();
	is(await ann.locator(".session").count(), 1, "the search leaves what matches");
	await ann.fill("#q", "");
	await ann.click("text=Writer <b>");
	await ann.waitForURL(/\/app\/sessions\//);
	has(await text(ann, ".entries"), "from Ann", "the timeline tells of the answer");
	has(await text(ann, ".messages"), "D minor", "the messages hold it");
	has(await text(ann, ".kin"), "Conductor", "its parent is named");
	await ann.selectOption("#taskId", { label: "Measure the board" });
	await ann.click("button:text-is('Link')");
	await ann.locator("[aria-label='Unlink Measure the board']").click();
	await ann.locator("[aria-label='Unlink Measure the board']").waitFor({ state: "detached" });
	ok(true, "a task is linked and unlinked");
	await ann.click("text=Mark as checked");
	await ann.locator("text=Checked by a person").waitFor();
	await ann.click("button:has-text('Archive')");
	await ann.locator("text=Unarchive").waitFor();
	ok(true, "a session is checked and put away");

	await ann.click("main >> text=The plan");
	await ann.waitForURL(/\/app\/docs\//);
	is(await ann.locator(".markdown h2").innerText(), "Plan", "a document is laid out");
	is(await ann.locator(".markdown script").count(), 0, "what it holds is text");
	const [download] = await Promise.all([ann.waitForEvent("download"),
		ann.click("text=Download")]);
	is(download.suggestedFilename(), "plan.md", "it goes down under its name");
	await go(ann, task);
	has(await text(ann, ".files"), "The plan", "a task lists its documents");
	await go(bob, `${project}/sessions`);
	has(await text(bob), "Conductor", "a viewer sees the sessions");
	await bob.click("text=Conductor");
	is(await bob.locator("main form").count(), 0, "and changes nothing");
	await go(ann, `/app/sessions/${child.id}`);
	await ann.click("text=Delete session");
	await ann.click("dialog .danger");
	await ann.locator("text=The session is deleted").waitFor();
	is(new URL(ann.url()).pathname, `${project}/sessions`, "a deleted session leaves the list");
}

async function minesTokens(ann) {
	await go(ann, "/app/account");
	await ann.fill("#token-name", "Nightly");
	await ann.click("text=Create token");
	const token = await ann.inputValue("[aria-label='The new token']");
	await ann.reload();
	ok(!(await ann.content()).includes(token), "a token is shown once");
	const plain = await person();
	const ask = () => plain.request.get(`${url}/api/projects`,
		{ headers: { Authorization: `Bearer ${token}` } });
	is((await (await ask()).json())[0].name, "Autumn release",
		"a script sees the project with it");
	await ann.click("button:has-text('Revoke')");
	await ann.click("dialog .danger");
	await ann.locator("text=The token is revoked").waitFor();
	await plain.context().close();
}

async function keepsSession(ann) {
	const context = ann.context();
	const lose = async () => context.clearCookies({ name: "__Host-maestro_session" });
	await lose();
	is(await go(ann, "/app/account"), 200, "an expired session refreshes itself");
	await lose();
	const other = await context.newPage();
	await Promise.all([go(ann, "/app"), go(other, "/app/account"),
		other.request.get(`${url}/app`)]);
	is(new URL(ann.url()).pathname, "/app", "several tabs at once: none is signed out");
	is(new URL(other.url()).pathname, "/app/account", "not the other one either");
	is(await go(ann, "/app"), 200, "and the session goes on");
	await other.close();
	const cookies = await context.cookies();
	ok(cookies.filter((c) => c.name.startsWith("__Host-"))
		.every((c) => c.httpOnly && c.secure && c.sameSite === "Lax" && c.path === "/"),
	"all cookies are HttpOnly, Secure, Lax");
}

async function leaves(ann) {
	await ann.click(".top summary");
	await ann.click("text=Sign out");
	await ann.waitForURL(/\/app\/sign-in/);
	await go(ann, "/app/account?x=1");
	is(new URL(ann.url()).search, "?next=%2Fapp%2Faccount%3Fx%3D1",
		"signed out: the sign-in page, which remembers the way");
	await ann.fill("#email", "ann@browser.test");
	await ann.fill("#password", "wrong horse");
	expect(/^422 \/app\/sign-in$/);
	await ann.click("main button");
	has(await text(ann, "#password-wrong"), "do not match", "a wrong password is told");
	is(await ann.inputValue("#email"), "ann@browser.test", "the address is still there");
	await ann.fill("#password", "correct horse Ann");
	await ann.click("main button");
	is(ann.url(), `${url}/app/account?x=1`, "and goes it");
	for (const evil of ["https://evil.test/", "//evil.test", "/\\evil.test",
		"/app\\..\\..", "/apple", "javascript:alert(1)"]) {
		const visitor = await person();
		await go(visitor, `/app/sign-in?next=${encodeURIComponent(evil)}`);
		is(await visitor.inputValue("[name=next]"), "/app", `next=${evil} is not gone to`);
		await visitor.context().close();
	}
}

async function forgets(ann, root) {
	const lost = await person();
	await go(lost, "/app/forgot");
	await lost.fill("#email", "ann@browser.test");
	await lost.click("main button");
	has(await text(lost), "Check your mail", "a forgotten password");
	await signIn(root, process.env.ROOT_EMAIL, process.env.ROOT_PASSWORD);
	await root.waitForURL(`${url}/app`);
	await go(root, "/app/admin/mail");
	await root.locator(".list a", { hasText: /password/i }).first().click();
	await root.waitForURL(/\.eml$/);
	const link = await root.locator(".list a").first().getAttribute("href");
	has(link, "token_hash=", "an admin reads the mail and its link");
	await lost.goto(link);
	await lost.click("text=Continue");
	await lost.waitForURL(`${url}/app/reset`);
	await lost.fill("#password", "short");
	expect(/^422 \/app\/reset$/);
	await lost.click("text=Save password");
	await lost.locator("#password-wrong").waitFor();
	await lost.fill("#password", "a better horse");
	await lost.click("text=Save password");
	await lost.waitForURL(`${url}/app`);
	await lost.context().close();
	const back = await person();
	await signIn(back, "ann@browser.test", "a better horse");
	await back.waitForURL(`${url}/app`);
	ok(true, "the new password opens the door");
	await back.context().close();
}

async function administers(root, bob) {
	await go(root, "/app/admin");
	has(await text(root), "PostgreSQL", "health");
	await go(root, "/app/admin/users?q=ann%40browser");
	has(await text(root), "ann@browser.test", "users are found");
	expect(/^403 \/app\/admin/);
	for (const path of ["", "/users", "/mail"]) {
		is(await go(bob, `/app/admin${path}`), 403, `admin${path} is for admins only`);
	}
	expect(/^404 \/app\/admin\/mail/);
	is(await go(root, "/app/admin/mail/..%2F..%2Fmaestro.conf"), 404,
		"the mail page reads mails only");
}

await story(async () => {
	const ann = await person();
	const bob = await person();
	const root = await person();
	const project = await makesProject(ann);
	await worksOnBoard(ann, project);
	const task = await worksOnTask(ann, project);
	await seesNothing(bob, project, task);
	await invites(ann, bob, project);
	await showsImages(ann, bob, task);
	await sharesFiles(ann, bob, project);
	await guidesAgents(ann, bob, project, task);
	await minesTokens(ann);
	await keepsSession(ann);
	await leaves(ann);
	await forgets(ann, root);
	await administers(root, bob);
});
