/*
 * people - browsers, one a person, and what a test says about them.
 *
 * Console errors, page errors (a Content-Security-Policy that was violated is
 * one) and answers of 400 and up that a test did not announce are failures.
 */
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { chromium } from "playwright-core";

export const url = process.env.SUPABASE_URL;
const axe = readFileSync(
	createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");
const browser = await chromium.launch({
	executablePath: process.env.CHROMIUM ?? "/usr/bin/chromium",
	args: ["--no-sandbox", "--disable-gpu", "--disable-quic",
		"--no-first-run", "--disable-background-networking",
		"--disable-component-update", "--disable-sync",
		"--disable-dev-shm-usage"],
});
const troubles = [];
const allowed = [];

export function ok(is, name) {
	console.log(`${is ? "" : "not "}ok - ${name}`);
	return is;
}

export function is(got, want, name) {
	if (!ok(got === want, name)) {
		console.log(`# got ${JSON.stringify(got)}, want ${
			JSON.stringify(want)}`);
	}
}

export function has(text, part, name) {
	if (!ok(text.includes(part), name)) {
		console.log(`# no ${JSON.stringify(part)} in ${
			JSON.stringify(text.slice(0, 300))}`);
	}
}

/* Somebody's browser: its first page, with cookies of its own. */
export async function person(options = {}) {
	const context = await browser.newContext({
		ignoreHTTPSErrors: true, /* a certificate of our own */
		viewport: { width: 1280, height: 800 },
		reducedMotion: "reduce",
		...options,
	});
	context.setDefaultTimeout(20000);
	context.on("page", watch);
	return context.newPage();
}

function watch(page) {
	page.on("console", (message) => {
		if (message.type() === "error"
			&& !message.text().startsWith("Failed to load resource")) {
			troubles.push(`${page.url()}: ${message.text()}`);
		}
	});
	page.on("pageerror", (error) => {
		troubles.push(`${page.url()}: ${error.message}`);
	});
	page.on("response", (answer) => {
		const what = `${answer.status()} ${new URL(answer.url()).pathname}`;
		if (answer.status() >= 400
			&& !allowed.some((pattern) => pattern.test(what))) {
			troubles.push(what);
		}
	});
}

/* Answers that the test is about to ask for: /^404 / and the like. */
export function expect(pattern) {
	allowed.push(pattern);
}

export async function go(page, path) {
	const answer = await page.goto(url + path);
	return answer.status();
}

export async function text(page, selector = "main") {
	return (await page.locator(selector).allInnerTexts()).join("\n");
}

/* Presses what deletes, having ticked the box that asks without scripts. */
export async function sure(page, button) {
	const form = page.locator("form").filter({ has: page.locator(button) });
	await form.locator(".sure input").first().check();
	await form.locator(button).first().click();
}

export async function signUp(page, name) {
	await go(page, "/app/sign-up");
	await page.fill("#name", name);
	await page.fill("#email", `${name.toLowerCase()}@browser.test`);
	await page.fill("#password", `correct horse ${name}`);
	await page.click("main button");
	await page.waitForURL(`${url}/app`);
}

export async function signIn(page, email, password) {
	await go(page, "/app/sign-in");
	await page.fill("#email", email);
	await page.fill("#password", password);
	await page.click("main button");
}

/* What an agent of theirs sends: send(method, path, body). */
export async function agent(page, email, password) {
	const signed = await page.request.post(
		`${url}/auth/v1/token?grant_type=password`, {
			headers: { apikey: process.env.SUPABASE_ANON_KEY },
			data: { email, password },
		});
	const { access_token: token } = await signed.json();
	return async (method, path, data) => {
		const answer = await page.request.fetch(`${url}/api${path}`, {
			method, data, headers: { Authorization: `Bearer ${token}` },
		});
		if (!answer.ok()) {
			throw new Error(`${method} ${path}: ${await answer.text()}`);
		}
		return answer.json();
	};
}

/* Every rule of axe, light and dark, narrow and wide; nothing is wider than the
 * window, nor in between. */
export async function accessible(page, name) {
	for (const width of [1280, 768, 360]) {
		await page.setViewportSize({ width, height: 800 });
		const over = await page.evaluate(() =>
			document.documentElement.scrollWidth - innerWidth);
		if (over > 0) {
			ok(false, `${name} fits ${width} px`);
			console.log(`# ${over} px too wide`);
		}
		for (const colorScheme of width === 768 ? [] : ["light", "dark"]) {
			await page.emulateMedia({ colorScheme });
			await page.evaluate(axe);
			const { violations } = await page.evaluate(() => axe.run());
			if (!ok(violations.length === 0,
				`${name}: nothing for axe at ${width} px, ${colorScheme}`)) {
				for (const v of violations) {
					console.log(`# ${v.id}: ${v.nodes.map((n) =>
						`${n.target} ${n.failureSummary}`).join(" | ")
						.replace(/\s+/g, " ").slice(0, 400)}`);
				}
			}
		}
	}
	await page.setViewportSize({ width: 1280, height: 800 });
	await page.emulateMedia({ colorScheme: null });
}

/* Runs the whole story; a step that hangs or throws is a failure. */
export async function story(steps) {
	try {
		await steps();
	} catch (error) {
		ok(false, "the story came to its end");
		for (const line of `${error.stack}`.split("\n").slice(0, 20)) {
			console.log(`# ${line}`);
		}
		for (const context of browser.contexts()) {
			for (const page of context.pages()) {
				console.log(`# ${page.url()}: ${
					(await text(page, "body").catch(() => ""))
						.replace(/\s+/g, " ").slice(0, 300)}`);
			}
		}
	}
	if (!ok(troubles.length === 0, "no error on any console, no answer amiss")) {
		for (const trouble of troubles) {
			console.log(`# ${trouble}`);
		}
	}
	await browser.close();
}
