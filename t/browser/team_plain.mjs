/*
 * Lists, agents, teams and mail without JavaScript: forms and links only.
 */
import { go, has, is, person, signUp, story, sure, text } from "./people.mjs";

async function sortsLists(bob, project) {
	for (const title of ["Alpha", "Beta"]) {
		await go(bob, `${project}/tasks/new`);
		await bob.fill("#title", title);
		await bob.click("text=Create task");
	}
	await bob.click(".tabs >> text=Lists");
	for (const name of ["One", "Two"]) {
		await go(bob, `${project}/lists`);
		await bob.click("text=New list");
		await bob.fill("#name", name);
		await bob.click("text=Create list");
	}
	await bob.click("button:has-text('Add Alpha')");
	await bob.fill("#q", "bet");
	await bob.click("button:text-is('Search')");
	await bob.click("button:has-text('Add Beta')");
	const order = async () => (await bob.locator("[data-order-item] .name")
		.allInnerTexts()).join(" ");
	is(await order(), "Alpha Beta", "tasks are put on a list");
	await bob.click("[aria-label='Move Beta up']");
	is(await order(), "Beta Alpha", "a button moves one up");
	is(await bob.locator("[data-grip]:visible").count(), 0, "there is nothing to drag");
	await bob.click("[aria-label='Take Alpha off the list']");
	is(await order(), "Beta", "one is taken off");
	await bob.click("text=Name and description");
	await bob.fill("#name", "Second");
	await bob.click("button:text-is('Save changes')");
	has(await text(bob, "h1"), "Second", "a list is renamed");
	await bob.click("text=Lists");
	await bob.click("[aria-label='Move Second up']");
	is(await order(), "Second One", "lists are sorted too");
	await bob.click("text=Second");
	await bob.click("text=Name and description");
	await sure(bob, "text=Delete list");
	has(await text(bob), "The list is deleted", "and deleted");
}

async function keepsAgents(bob, project) {
	await bob.click(".tabs >> text=Agents");
	await bob.click("text=New agent");
	await bob.fill("#name", "Writer");
	await bob.fill("#role", "Writes");
	await bob.click("text=Create agent");
	await bob.click("text=Commands it may use");
	await bob.getByLabel("session:spawn").check();
	await bob.click("text=Save changes");
	has(await text(bob), "Saved.", "an agent is changed");
	await bob.click("text=Commands it may use");
	is(await bob.getByLabel("session:spawn").isChecked(), true, "a box stays ticked");
	await bob.fill("#memory-new", "Commas");
	await bob.click("button:text-is('Add')");
	await sure(bob, "text=Clear memory");
	has(await text(bob), "Forgotten.", "a memory is cleared");
	await bob.click("button:text-is('Archive')");
	await sure(bob, "text=Delete agent");
	has(await text(bob), "The agent is deleted", "and the agent deleted");
}

async function buildsTeams(bob, project) {
	for (const name of ["Upper", "Lower"]) {
		await bob.click(".tabs >> text=Teams");
		await bob.click("text=New team");
		await bob.fill("#name", name);
		await bob.click("button:text-is('Create team')");
	}
	await bob.click("text=Change team");
	await bob.selectOption("#parentTeamId", { label: "Upper" });
	await bob.getByLabel("Standup").check();
	await bob.click("text=Save changes");
	has(await text(bob), "Part of Upper", "a team is put below another");
	await bob.click("button:text-is('Archive')");
	await sure(bob, "text=Delete team");
	has(await text(bob), "The team is deleted", "and deleted");
}

async function writesMail(bob, project) {
	await go(bob, `${project}/mail`);
	await bob.click("text=Write the first mail");
	await bob.selectOption("#to", "all");
	await bob.fill("#subject", "To all of you");
	await bob.fill("#text", "Hello");
	await bob.click("button:text-is('Send')");
	has(await text(bob, ".letter"), "You to everyone", "a broadcast is sent");
	await bob.fill("#text", "Again");
	await bob.click("text=Send reply");
	is(await bob.locator(".letter").count(), 2, "and answered");
	await go(bob, `${project}/mail`);
	await bob.selectOption("#box", "all");
	await bob.click("button:text-is('Show')");
	is(await bob.locator(".mails li").count(), 2, "the box is a form");
	await bob.click("text=To all of you >> nth=0");
	await bob.locator(".letter .sure input").first().check();
	await bob.locator(".letter button").first().click();
	has(await text(bob), "The mail is deleted", "a mail is deleted");
}

await story(async () => {
	const bob = await person({ javaScriptEnabled: false });
	await signUp(bob, "Bob");
	await go(bob, "/app/projects/new");
	await bob.fill("#name", "Plain team");
	await bob.click("text=Create project");
	const project = new URL(bob.url()).pathname;
	await sortsLists(bob, project);
	await keepsAgents(bob, project);
	await buildsTeams(bob, project);
	await writesMail(bob, project);
});
