/*
 * The same without JavaScript: forms and links only.
 */
import { agent, expect, go, has, is, person, signUp, story, sure, text, url } from "./people.mjs";

await story(async () => {
	const ann = await person({ javaScriptEnabled: false });
	await signUp(ann, "Ann");
	await ann.click("text=Create the first project");
	is(new URL(ann.url()).pathname, "/app/projects/new", "a new project has a page");
	await ann.fill("#name", "  ");
	expect(/^422 /);
	await ann.click("text=Create project");
	has(await text(ann, "#name-wrong"), "not blank", "the mistake stands beside its field");
	await ann.fill("#name", "Plain");
	await ann.click("text=Create project");
	const project = new URL(ann.url()).pathname;

	await ann.click("text=Create the first task");
	await ann.fill("#title", "Read the score");
	await ann.fill("#tags", "music");
	await ann.click("text=Create task");
	has(await text(ann, "#column-todo"), "Read the score", "a task is on the board");
	await ann.click("#column-blocked summary");
	await ann.fill("#add-blocked", "Find a hall");
	await ann.click("#column-blocked >> text=Add task");
	has(await text(ann, "#column-blocked"), "Find a hall", "also straight into a column");
	await ann.click("[data-card] summary >> nth=0");
	await ann.locator("[data-card] select").first().selectOption("in_review");
	await ann.locator("[data-card] button").first().click();
	has(await text(ann, "#column-in_review"), "Read the score", "a form moves a card");
	await ann.fill("#q", "hall");
	await ann.click("text=Filter");
	is(await ann.locator("[data-card]").count(), 1, "the filter is a form");
	await ann.click("text=Clear");

	await ann.click("text=Read the score");
	await ann.fill("#title", "Read the whole score");
	await ann.selectOption("#status", "completed");
	await ann.click("text=Save changes");
	has(await text(ann), "Saved.", "a task is changed");
	await ann.click("text=Add a subtask");
	await ann.fill("#subtask-title", "First movement");
	await ann.click("button:text-is('Add')");
	await ann.click("[aria-label='Complete: First movement']");
	has(await text(ann), "1 of 1", "a subtask is ticked off");
	await ann.setInputFiles("#image", [{ name: "sketch.svg",
		mimeType: "image/svg+xml", buffer: Buffer.from("<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"80\" height=\"60\"><rect width=\"80\" height=\"60\" fill=\"teal\"/></svg>") }]);
	await ann.click("[data-upload] button");
	has(await text(ann, "#images"), "sketch.svg", "an image goes up in a form");
	expect(/^400 /);
	await ann.setInputFiles("#image", [{ name: "page.png",
		mimeType: "image/png", buffer: Buffer.from("<p>no</p>") }]);
	await ann.click("[data-upload] button");
	has(await text(ann), "no PNG, JPEG", "what is no image is told");
	await sure(ann, "[aria-label='Delete sketch.svg']");
	has(await text(ann, "#images"), "None.", "and it is deleted");

	const send = await agent(ann, "ann@browser.test", "correct horse Ann");
	const projectId = project.split("/").at(-1);
	for (let n = 0; n < 60; n++) {
		await send("POST", "/sessions", { projectId, taskIds: [],
			id: `sess_${n}`, name: `Run ${n}` });
	}
	await send("PATCH", "/sessions/sess_0", { needsInput: { active: true,
		message: "Louder?" }, timeline: Array.from({ length: 120 }, (_, n) =>
		({ message: `Bar ${n}.` })) });
	await send("POST", "/sessions/sess_0/docs", { title: "Notes",
		filePath: "notes.md", content: "# Allegro\n\n*fast*" });
	await go(ann, project);
	await ann.click(".queue summary");
	await ann.fill(".queue textarea", "No.\nSofter.");
	await ann.click("text=Send answer");
	has(await text(ann), "Sent to the session", "a session is answered on the front page");
	is(await ann.locator(".queue").count(), 0, "which is empty then");
	await ann.click("nav.tabs >> text=Sessions");
	is(await ann.locator(".session").count(), 50, "a page of sessions");
	await ann.click("button:text-is('Next')");
	is(await ann.locator(".session").count(), 10, "and the rest");
	await ann.fill("#q", "Run 0");
	await ann.selectOption("#f-show", "active");
	await ann.click("text=Filter");
	is(await ann.locator(".session").count(), 1, "the filter is a form");
	await ann.click("a:text-is('Run 0')");
	has(await text(ann, ".entries"), "Bar 119.", "the newest entries");
	await ann.click("text=Older entries");
	has(await text(ann, ".entries"), "Bar 60.", "older ones");
	await ann.click("text=Newest entries");
	await ann.click("text=Send a message");
	await ann.fill("#content", "Once more");
	await ann.click("button:text-is('Send message')");
	has(await text(ann, ".messages"), "Once more", "a message is sent");
	has(await text(ann, ".messages"), "No.\nSofter.", "beside the answer");
	await ann.selectOption("#taskId", { index: 1 });
	await ann.click("button:text-is('Link')");
	await ann.click("[aria-label^='Unlink ']");
	has(await text(ann), "No task is linked", "a task is linked and unlinked");
	await ann.click("text=Mark as checked");
	await ann.click("text=Mark as not checked");
	await ann.click("button:has-text('Archive')");
	has(await text(ann), "Unarchive", "a session is put away");
	await ann.click("main >> text=Notes");
	has(await text(ann, ".markdown"), "Allegro", "a document is read");
	await ann.click("nav.tabs >> text=Documents");
	await ann.selectOption("#f-kind", "diagram");
	await ann.click("text=Filter");
	has(await text(ann), "No document matches", "documents are found by kind");
	await go(ann, "/app/sessions/sess_0");
	await sure(ann, "text=Delete session");
	has(await text(ann), "The session is deleted", "a session is deleted");
	for (let n = 1; n < 60; n++) {
		await send("DELETE", `/sessions/sess_${n}`);
	}

	await go(ann, `${project}/files`);
	await ann.setInputFiles("#file", [
		{ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("A") },
		{ name: "b.txt", mimeType: "text/plain", buffer: Buffer.from("B") }]);
	await ann.click("button:text-is('Upload')");
	is(await ann.locator(".files li").count(), 2, "files go up in a form");
	expect(/^409 /);
	await ann.setInputFiles("#file", [
		{ name: "a.txt", mimeType: "text/plain", buffer: Buffer.from("other") }]);
	await ann.click("button:text-is('Upload')");
	has(await text(ann), "already", "a taken name is told");
	await go(ann, `${project}/files`);
	await ann.click("[aria-label='Delete b.txt']");
	is(await ann.locator(".files li").count(), 2, "deleting asks first");
	await sure(ann, "[aria-label='Delete b.txt']");
	is(await ann.locator(".files li").count(), 1, "and one is deleted");

	await ann.click("text=Members");
	await ann.fill("main #email", "bob@browser.test");
	await ann.click("button:text-is('Invite')");
	const link = await ann.inputValue("[aria-label='Invitation link']");
	const bob = await person({ javaScriptEnabled: false });
	await bob.goto(link);
	is(new URL(bob.url()).pathname, "/app/sign-in", "the invited has no account yet");
	await bob.click("text=Create an account");
	await bob.fill("#name", "Bob");
	await bob.fill("#email", "bob@browser.test");
	await bob.fill("#password", "correct horse Bob");
	await bob.click("main button");
	is(bob.url(), link, "and comes back to the invitation with one");
	await bob.click("text=Join the project");
	has(await text(bob), "Find a hall", "and is on the board");

	await go(ann, `${project}/members`);
	await ann.getByLabel("Role of Bob").selectOption("admin");
	await ann.click("text=Change role of Bob");
	has(await text(ann), "The role is changed", "a role is changed");
	await sure(ann, "text=Remove Bob");
	expect(/^404 /);
	is(await go(bob, project), 404, "who is removed sees nothing any more");

	await go(ann, "/app/account");
	await ann.fill("#displayName", "Ann Larsson");
	await ann.click("text=Save");
	has(await text(ann, ".top"), "Ann Larsson", "a name is changed");
	await ann.fill("#current", "not it");
	await ann.fill("#password", "another horse");
	await ann.click("text=Change password");
	has(await text(ann, "#current-wrong"), "not your password", "a password takes the old one");
	await ann.fill("#current", "correct horse Ann");
	await ann.fill("#password", "another horse");
	await ann.click("text=Change password");
	has(await text(ann), "The password is changed", "and is changed");

	await go(ann, `${project}/settings`);
	await sure(ann, "text=Delete project");
	has(await text(ann), "still has tasks", "a project with tasks stays");
	await go(ann, project);
	for (let left = 2; left > 0; left--) {
		await ann.click("[data-card] a >> nth=0");
		await sure(ann, "text=Delete task");
	}
	await go(ann, `${project}/settings`);
	await sure(ann, "text=Delete project");
	is(ann.url(), `${url}/app`, "an empty one goes");
	await ann.click(".top summary");
	await ann.click("text=Sign out");
	has(await text(ann), "You are signed out", "and she too");
});
