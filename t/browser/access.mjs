/*
 * For everybody: every page by axe in light and dark, at 360 and 1280 px; and
 * a task made and moved with nothing but a keyboard.
 */
import {
	accessible, agent, expect, go, has, is, ok, person, signIn, signUp, story, text, url,
} from "./people.mjs";

/* Tab until what has the focus fits. */
async function tabTo(page, wanted, most = 60) {
	for (let i = 0; i < most; i++) {
		await page.keyboard.press("Tab");
		const found = await page.evaluate((w) => {
			const node = document.activeElement;
			const name = (node.getAttribute("aria-label")
				?? node.labels?.[0]?.textContent ?? node.textContent).trim();
			return name.startsWith(w) || node.id === w;
		}, wanted);
		if (found) {
			return true;
		}
	}
	return ok(false, `Tab reaches ${wanted}`);
}

async function byKeyboard() {
	const page = await person();
	const type = (s) => page.keyboard.type(s);
	const press = (k) => page.keyboard.press(k);
	await go(page, "/app/sign-up");
	await press("Tab");
	is(await page.evaluate(() => document.activeElement.textContent),
		"Skip to content", "the first stop skips to the content");
	await press("Enter");
	await tabTo(page, "name");
	await type("Kim");
	await press("Tab");
	await type("kim@browser.test");
	await press("Tab");
	await type("correct horse Kim");
	await press("Enter");
	await page.waitForURL(`${url}/app`);
	await tabTo(page, "New project");
	await press("Enter");
	await page.locator("dialog").waitFor();
	is(await page.evaluate(() => document.activeElement.id), "name",
		"a dialog puts the focus into its first field");
	await press("Escape");
	is(await page.evaluate(() => document.activeElement.textContent.trim()),
		"New project", "and gives it back");
	await press("Enter");
	await page.locator("dialog #name").waitFor();
	await type("By keyboard");
	await press("Enter");
	await page.waitForURL(/proj_/);
	await tabTo(page, "New task");
	await press("Enter");
	await page.locator("dialog #title").waitFor();
	await type("No mouse");
	await press("Enter");
	await page.locator("[data-card]").waitFor();
	await tabTo(page, "Move No mouse");
	const ring = await page.evaluate(() =>
		getComputedStyle(document.activeElement).outlineStyle);
	is(ring, "solid", "the focus is visible");
	await press("Enter");
	await tabTo(page, "Move to");
	await press("ArrowDown");
	await tabTo(page, "Move");
	await press("Enter");
	await page.locator("[data-column=in_progress] [data-card]").waitFor();
	ok(true, "a card is moved by keyboard");

	const send = await agent(page, "kim@browser.test", "correct horse Kim");
	const { id } = await send("POST", "/sessions", { name: "Asks",
		projectId: new URL(page.url()).pathname.split("/").at(-1),
		taskIds: [] });
	await send("PATCH", `/sessions/${id}`, { needsInput: { active: true } });
	await page.reload();
	await tabTo(page, "Answer");
	await press("Enter");
	await page.locator(".queue textarea:focus").waitFor();
	await type("Go on");
	await press("Tab");
	await press("Enter");
	await page.locator("text=Sent to the session").waitFor();
	ok(true, "a session is answered by keyboard");
	await page.context().close();
}

async function byAxe() {
	const page = await person();
	const see = async (path, name, status = 200) => {
		is(await go(page, path), status, `${name} is there`);
		await accessible(page, name);
	};
	await see("/app/sign-in", "sign in");
	await see("/app/sign-up", "sign up");
	await see("/app/forgot", "forgotten password");
	await see("/app/check-mail", "check your mail");
	await see("/app/confirm?token_hash=x&type=recovery", "confirm");
	expect(/^404 \/app\/(nowhere|invitation)/);
	expect(/^422 \/app\/sign-up$/);
	await go(page, "/app/sign-up");
	await page.fill("#email", "kim@browser.test");
	await page.fill("#password", "x");
	await page.click("main button");
	await page.locator("[aria-invalid]").first().waitFor();
	await accessible(page, "a form with mistakes");
	await signUp(page, "Lee");
	await accessible(page, "no projects");
	await go(page, "/app/projects/new");
	await page.fill("#name", "Seen");
	await page.click("text=Create project");
	const project = new URL(page.url()).pathname;
	await accessible(page, "an empty board");
	await see(`${project}/files`, "no files");
	await see(`${project}/tasks/new`, "a new task");
	await page.fill("#title", "Looks good");
	await page.fill("#tags", "design, a11y");
	await page.fill("#dueDate", "2020-02-02");
	await page.click("text=Create task");
	await page.locator("[data-card]").waitFor();
	await page.click("#column-blocked summary");
	await page.click("[data-card] summary");
	await accessible(page, "a board");
	await page.click("text=New task");
	await page.locator("dialog").waitFor();
	await accessible(page, "a dialog");
	await page.keyboard.press("Escape");
	await page.click("[data-card] a");
	await page.click("text=Add a subtask");
	await page.fill("#subtask-title", "A step");
	await page.keyboard.press("Enter");
	await page.locator(".subtask").waitFor();
	await page.setInputFiles("#image", [{ name: "dot.svg", mimeType: "image/svg+xml",
		buffer: Buffer.from("<svg xmlns=\"http://www.w3.org/2000/svg\"/>") }]);
	await page.locator("#images img").waitFor();
	await accessible(page, "a task");
	await byAxeOfAgents(page, project, see);
	await go(page, `${project}/files`);
	await page.setInputFiles("#file", ["a.png", "b.pdf", "c.txt"].map((name) =>
		({ name, mimeType: "text/plain", buffer: Buffer.from(name) })));
	await page.locator("text=3 files uploaded").waitFor();
	await page.reload();
	await accessible(page, "files");
	await go(page, `${project}/members`);
	await page.fill("main #email", "mo@browser.test");
	await page.click("button:text-is('Invite')");
	await page.locator("[aria-label='Invitation link']").waitFor();
	const link = new URL(await page.inputValue("[aria-label='Invitation link']"));
	await accessible(page, "members");
	await see(link.pathname + link.search, "an invitation");
	await see("/app/invitation?token=none", "an invitation that is gone", 404);
	await see(`${project}/settings`, "settings");
	await see("/app", "projects");
	await go(page, "/app/account");
	await page.fill("#token-name", "Script");
	await page.click("text=Create token");
	await page.locator("[aria-label='The new token']").waitFor();
	await accessible(page, "account");
	await see("/app/reset", "a new password");
	await see("/app/nowhere", "an error", 404);
	await page.context().close();
	await byAxeAsAdmin();
}

async function byAxeOfAgents(page, project, see) {
	const send = await agent(page, "lee@browser.test", "correct horse Lee");
	const projectId = project.split("/").at(-1);
	await see(`${project}/sessions`, "no sessions");
	await see(`${project}/docs`, "no documents");
	const long = "A very long name ".repeat(9) + "withoutanyspace".repeat(9);
	const tasks = await send("GET", `/tasks?projectId=${projectId}`);
	const make = async (id, more) => send("POST", "/sessions", { projectId,
		taskIds: [tasks[0].id], id, name: long, ...more });
	await make("sess_1", {});
	await make("sess_2", { parentSessionId: "sess_1" });
	await make("sess_3", { parentSessionId: "sess_2" });
	await make("sess_4", { status: "failed" });
	const types = ["session_started", "task_started", "task_completed",
		"task_failed", "task_skipped", "task_blocked", "progress", "error",
		"milestone", "task_status_changed", "session_stopped"];
	await send("PATCH", "/sessions/sess_2", {
		events: [{ type: "tool", data: { path: long } }],
		timeline: Array.from({ length: 200 }, (_, n) => ({
			type: types[n % types.length], message: `${n} ${long}`,
			taskId: tasks[0].id })),
		needsInput: { active: true, message: long } });
	await send("POST", "/sessions/sess_2/prompt", { content: long,
		senderSessionId: "sess_1" });
	const doc = async (title, filePath, content) => (await send("POST",
		"/sessions/sess_2/docs", { title, filePath, content }))
		.docs.at(-1).id;
	const text = await doc(long, `${long.replaceAll(" ", "/")}.md`,
		`# One\n\n## Two\n\n[a](https://x.test) \`code\` www.x.test\n\n${
			"> quote\n\n"}- [x] done\n- [ ] not\n\n|a|b|\n|-|:-:|\n|${
			`${long}|`.repeat(2)}\n\n    ${long}\n`);
	const diagram = await doc("Parts", "parts.excalidraw",
		JSON.stringify({ elements: [{ type: "text", text: long }] }));
	const deep = await doc("Deep", "deep.md", "> ".repeat(200));
	await go(page, project);
	await page.click(".queue summary");
	await accessible(page, "a board with a queue");
	await see(`${project}/sessions`, "sessions");
	await see(`${project}/sessions?q=nothing`, "no session found");
	await see("/app/sessions/sess_1", "a session");
	await go(page, "/app/sessions/sess_2");
	await page.click("details.doc summary");
	await accessible(page, "a session that waits");
	await see("/app/sessions/sess_4", "a session that failed");
	await see(`${project}/docs`, "documents");
	await see(`/app/docs/${text}`, "a document");
	await see(`/app/docs/${diagram}`, "a diagram");
	await see(`/app/docs/${deep}`, "a document that is too complex");
	await see(`/app/tasks/${tasks[0].id}`, "a task with documents");
}

async function byAxeAsAdmin() {
	const page = await person();
	await signIn(page, process.env.ROOT_EMAIL, process.env.ROOT_PASSWORD);
	await page.waitForURL(`${url}/app`);
	await page.click(".top summary");
	await accessible(page, "the account menu");
	for (const [path, name] of [["", "health"], ["/users", "users"],
		["/users?q=nobody-has-that", "no users"], ["/mail", "mail"]]) {
		is(await go(page, `/app/admin${path}`), 200, `${name} is there`);
		await accessible(page, name);
	}
	await page.locator(".list a").first().click();
	await accessible(page, "a mail");
	has(await text(page), "invite", "which is text");
	await page.context().close();
}

await story(async () => {
	await byKeyboard();
	await byAxe();
});
