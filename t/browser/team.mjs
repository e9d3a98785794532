/*
 * What a team works with: lists that are sorted by mouse, finger and keyboard,
 * agents, teams, mail; every page by axe.
 */
import { accessible, go, has, is, ok, person, signUp, story, text, url } from "./people.mjs";

async function newProject(page, name) {
	await go(page, "/app/projects/new");
	await page.fill("#name", name);
	await page.click("text=Create project");
	return new URL(page.url()).pathname;
}

async function newTasks(page, project, titles) {
	const csrf = await page.inputValue("main [name=_csrf]");
	for (const title of titles) {
		await page.request.post(`${url}${project}/tasks`,
			{ form: { _csrf: csrf, title } });
	}
}

/* Presses the mouse on the grip of `from` and lets go over `to`. */
async function drag(page, from, to, last = "up") {
	const grip = (name) => page.locator("[data-order-item]", { hasText: name })
		.locator("[data-grip]");
	const a = await grip(from).boundingBox();
	const b = await grip(to).boundingBox();
	await page.mouse.move(a.x + 4, a.y + 4);
	await page.mouse.down();
	await page.mouse.move(a.x + 4, (a.y + b.y) / 2, { steps: 5 });
	await page.mouse.move(b.x + 4, b.y + b.height * (b.y > a.y ? 1 : 0), { steps: 5 });
	if (last === "up") {
		const saved = page.waitForResponse(/order$/);
		await page.mouse.up();
		await saved;
	}
}

/* There and back again, so that the order is as it was. */
async function byFinger(page, list) {
	await page.setViewportSize({ width: 360, height: 800 });
	await go(page, list);
	const cdp = await page.context().newCDPSession(page);
	const touch = (type, ...touchPoints) =>
		cdp.send("Input.dispatchTouchEvent", { type, touchPoints });
	for (const [from, to, after] of [[0, 1, "Beta Delta Alpha"],
		[1, 0, "Delta Beta Alpha"]]) {
		const a = await page.locator("[data-grip]").nth(from).boundingBox();
		const b = await page.locator("[data-grip]").nth(to).boundingBox();
		const x = a.x + 8;
		const end = b.y + (to > from ? b.height : 0);
		const saved = page.waitForResponse(/order$/);
		await touch("touchStart", { x, y: a.y + 8 });
		await touch("touchMove", { x, y: (a.y + end) / 2 });
		await touch("touchMove", { x, y: end });
		await touch("touchEnd");
		await saved;
		is(await order(page), after, `a finger drags ${from} to ${to}`);
	}
	await cdp.detach();
	await page.setViewportSize({ width: 1280, height: 800 });
}

async function order(page) {
	return (await page.locator("[data-order-item] .name").allInnerTexts()).join(" ");
}

async function step(page, act) {
	const saved = page.waitForResponse(/order$/);
	await act();
	await saved;
}

async function sortsLists(ann, project) {
	await go(ann, `${project}/lists`);
	await accessible(ann, "no lists");
	await ann.click("text=New list");
	await ann.fill("#name", "Release");
	await accessible(ann, "a new list");
	await ann.click("text=Create list");
	await ann.waitForURL(/\/app\/lists\//);
	const list = new URL(ann.url()).pathname;
	await accessible(ann, "an empty list");
	for (const name of ["Alpha", "Beta", "Gamma", "Delta"]) {
		await ann.locator("#add li", { hasText: name }).locator("button").click();
		await ann.locator(`[data-order-item] >> text=${name}`).waitFor();
	}
	is(await order(ann), "Alpha Beta Gamma Delta", "tasks are put on a list");
	await drag(ann, "Alpha", "Gamma");
	is(await order(ann), "Beta Gamma Alpha Delta", "a dragged task moves");
	await drag(ann, "Delta", "Beta");
	await ann.reload();
	is(await order(ann), "Delta Beta Gamma Alpha", "and stays there");
	await drag(ann, "Delta", "Gamma", "hold");
	await ann.keyboard.press("Escape");
	await ann.mouse.up();
	is(await order(ann), "Delta Beta Gamma Alpha", "Escape lets go of it");
	await ann.locator("[data-grip]").nth(2).focus();
	await step(ann, () => ann.keyboard.press("ArrowUp"));
	await step(ann, () => ann.keyboard.press("ArrowUp"));
	is(await order(ann), "Gamma Delta Beta Alpha", "arrow keys on the grip move it");
	has(await ann.evaluate(() => document.activeElement.getAttribute("aria-label")),
		"Sort Gamma", "and the focus stays on it");
	has(await text(ann, ".toast"), "Gamma: 1 of 4", "its place is told");
	await step(ann, () => ann.click("[aria-label='Move Gamma down']"));
	await ann.reload();
	is(await order(ann), "Delta Gamma Beta Alpha", "so do the buttons");
	ok(await ann.locator("[aria-label='Move Delta up']").isDisabled(),
		"the first cannot go up");
	await accessible(ann, "a list");
	await ann.click("[aria-label='Take Gamma off the list']");
	await ann.locator("text=Taken off the list").waitFor();
	is(await order(ann), "Delta Beta Alpha", "one is taken off");

	await byFinger(ann, list);
	const offline = await ann.context().newPage();
	await go(offline, list);
	await offline.route("**/order", (route) => route.abort());
	await offline.click("[aria-label='Move Delta down']");
	await offline.locator(".toast", { hasText: "could not be saved" }).waitFor();
	is(await order(offline), "Delta Beta Alpha", "an order that was not saved goes back");
	await offline.close();
	await go(ann, `${project}/lists`);
	await accessible(ann, "lists");
	return list;
}

async function keepsProfiles(ann, project) {
	await go(ann, `${project}/agents`);
	await ann.click("text=Model profiles");
	await ann.click("text=New profile");
	await ann.fill("#name", "Careful");
	await ann.fill("#model", "opus");
	await ann.selectOption("#reasoningEffort", "max");
	await accessible(ann, "a new profile");
	await ann.click("text=Create profile");
	await ann.locator("text=The profile is created").waitFor();
	await accessible(ann, "profiles");
	await ann.click("text=Careful");
	await accessible(ann, "a profile");
	await ann.click("text=Delete profile");
	await ann.click("dialog .danger");
	await ann.locator("text=The profile is deleted").waitFor();
	await ann.click(".plate >> text=Ultra");
	await accessible(ann, "a built-in profile");
}

async function keepsAgents(ann, project) {
	await go(ann, `${project}/agents`);
	await accessible(ann, "agents");
	await ann.click("text=New agent");
	await accessible(ann, "a new agent");
	await ann.fill("#avatar", "§");
	await ann.fill("#name", "Reviewer");
	await ann.fill("#role", "Reads what others wrote");
	await ann.selectOption("#mode", "coordinator");
	await ann.selectOption("#modelProfileId", "mp_heavy");
	await ann.getByLabel("Start sessions of others").check();
	await ann.click("text=Commands it may use");
	await ann.getByLabel("task:tree").check();
	await ann.click("text=Create agent");
	await ann.locator("text=The agent is created").waitFor();
	const agent = new URL(ann.url()).pathname;
	has(await text(ann, ".plate-head"), "Heavy", "a new agent shows its profile");
	await ann.click("text=Commands it may use");
	ok(await ann.getByLabel("task:tree").isChecked(), "and its rights");
	await ann.fill("#memory-new", "Short answers");
	await ann.click("button:text-is('Add')");
	await ann.fill("#memory-new", "Long nights");
	await ann.click("button:text-is('Add')");
	await ann.locator(".memory li").nth(1).waitFor();
	is(await ann.locator(".memory li").count(), 2, "it remembers");
	await accessible(ann, "an agent");
	await ann.click("[aria-label='Forget: Short answers']");
	await ann.click("dialog .danger");
	await ann.locator("text=Forgotten").waitFor();
	is(await text(ann, ".memory-text"), "Long nights", "and forgets");
	await ann.click("button:text-is('Archive')");
	await ann.locator("text=Archived. It").waitFor();
	await go(ann, `${project}/agents`);
	is(await ann.locator(".plate:visible >> text=Reviewer").count(), 0,
		"an archived agent is put away");
	await ann.click("summary:has-text('Archived')");
	await ann.click("text=Reviewer");
	await ann.click("button:text-is('Unarchive')");
	await ann.locator("text=Back again").waitFor();
	await ann.click("text=Make it mine");
	await ann.click("dialog .danger");
	await ann.locator("text=Yours, in every project").waitFor();
	ok(true, "an agent goes along");
	await ann.click("text=Give it to this project");
	await ann.click("dialog .danger");
	await ann.locator("text=Make it mine").waitFor();
	await go(ann, `${project}/agents`);
	await ann.click(".plate >> text=Standup");
	await ann.fill("#role", "Asks every morning");
	await ann.click("text=Save changes");
	await ann.click("text=Reset to built-in");
	await ann.click("dialog .danger");
	await ann.locator("text=As it came").waitFor();
	has(await text(ann, ".plate-head"), "Asks how things stand", "a built-in one is reset");
	return agent;
}

async function buildsTeams(ann, project) {
	await go(ann, `${project}/teams`);
	await accessible(ann, "no teams");
	await ann.click("text=Create the first team");
	await ann.fill("#name", "Everything");
	await ann.selectOption("#leaderId", { label: "Coordinator" });
	await accessible(ann, "a new team");
	await ann.click("button:text-is('Create team')");
	await ann.locator("text=The team is created").waitFor();
	await go(ann, `${project}/teams/new`);
	await ann.fill("#name", "Parsers");
	await ann.selectOption("#leaderId", { label: "Standup" });
	await ann.selectOption("#parentTeamId", { label: "Everything" });
	await ann.getByLabel("Simple Worker").check();
	await ann.click("button:text-is('Create team')");
	await ann.locator("text=Part of Everything").waitFor();
	has(await text(ann, ".list"), "Simple Worker", "a team shows its members");
	await ann.click("text=Change team");
	await accessible(ann, "a team");
	await ann.getByLabel("Recruiter").check();
	await ann.click("text=Save changes");
	await ann.locator(".list >> text=Recruiter").waitFor();
	await go(ann, `${project}/teams`);
	has(await text(ann, ".team-tree"), "Parsers", "a team stands below another");
	await accessible(ann, "teams");
	await ann.click(".plate-name >> text=Parsers");
	await ann.click("button:text-is('Archive')");
	await ann.click("text=Delete team");
	await ann.click("dialog .danger");
	await ann.locator("text=The team is deleted").waitFor();
	is(await ann.locator(".team-tree").count(), 0, "and goes");
}

/* A token, for what only agents do. */
async function apiOf(page) {
	await go(page, "/app/account");
	await page.fill("#token-name", "Agents");
	await page.click("text=Create token");
	const token = await page.inputValue("[aria-label='The new token']");
	return async (path, data) => (await page.request.post(`${url}/api${path}`,
		{ data, headers: { Authorization: `Bearer ${token}` } })).json();
}

async function writesMail(ann, project) {
	const projectId = project.split("/").pop();
	await go(ann, `${project}/mail`);
	await accessible(ann, "no mail");
	const api = await apiOf(ann);
	const session = await api("/sessions", { projectId, taskIds: [],
		name: "Night shift", status: "working" });
	await go(ann, `${project}/mail`);
	await ann.click("text=Write the first mail");
	await ann.selectOption("#to", { label: "Night shift" });
	await ann.selectOption("#type", "query");
	await ann.selectOption("#priority", "critical");
	await ann.fill("#subject", "How far?");
	await ann.fill("#text", "Tell me\nsoon");
	await accessible(ann, "a new mail");
	await ann.click("button:text-is('Send')");
	await ann.locator("text=Sent.").waitFor();
	has(await text(ann, ".letter"), "Tell me\nsoon", "a mail is sent");
	const id = await ann.locator(".letter").getAttribute("id");
	await api("/mail", { projectId, fromSessionId: session.id,
		replyToMailId: id, toSessionId: null, type: "response",
		subject: "Re: How far?", body: { answer: "Half way" } });
	await ann.reload();
	is(await ann.locator(".letter").count(), 2, "the answer stands below it");
	await accessible(ann, "a thread");
	await ann.fill("#text", "Good");
	await ann.click("text=Send reply");
	await ann.locator(".letter >> nth=2").waitFor();
	has(await text(ann, ".letter >> nth=2"), "You to Night shift", "a reply goes back");
	await go(ann, `${project}/mail`);
	has(await text(ann, "#mails"), "3 mails", "a thread is one row");
	await ann.selectOption("#box", "me");
	await ann.locator("#mails >> text=Half way").waitFor();
	has(ann.url(), "box=me", "a box has an address");
	await accessible(ann, "mail");
	await ann.click("text=Re: How far?");
	await ann.locator(".letter button").first().click();
	await ann.click("dialog .danger");
	await ann.locator("text=The mail is deleted").waitFor();
	is(await ann.locator(".letter").count(), 2, "one mail of a thread is deleted");
}

await story(async () => {
	const ann = await person();
	await signUp(ann, "Ann");
	const project = await newProject(ann, "Team");
	await go(ann, `${project}/tasks/new`);
	await newTasks(ann, project, ["Alpha", "Beta", "Gamma", "Delta"]);
	await sortsLists(ann, project);
	await keepsProfiles(ann, project);
	await keepsAgents(ann, project);
	await buildsTeams(ann, project);
	await writesMail(ann, project);
});
