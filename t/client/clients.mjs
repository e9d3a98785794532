// The clients under test, and the little that prints TAP for t/lib's
// Maestro::Node.  The current client wants Node 22 or a WebSocket of our own;
// the other one is the last that ran on the Node 18 of Debian 12.
import {isDeepStrictEqual} from 'node:util';
import WebSocket from 'ws';

const env = process.env;
const names = ['supabase-js-node18'];
if (Number(process.versions.node.split('.')[0]) >= 20)
	names.unshift('@supabase/supabase-js');

// [{name, make(key, options)}]: make() gives a client that keeps its session
// in memory and refreshes only when told to.
export const clients = await Promise.all(names.map(async (name) => {
	const {createClient} = await import(name);
	return {
		name,
		make: (key = env.SUPABASE_ANON_KEY, auth = {}) =>
			createClient(env.SUPABASE_URL, key, {
				auth: {persistSession: false,
					autoRefreshToken: false,
					detectSessionInUrl: false, ...auth},
				realtime: {transport: WebSocket},
			}),
	};
}));

export const ok = (value, name) =>
	console.log(`${value ? 'ok' : 'not ok'} - ${name}`);

export const is = (got, want, name) => {
	const same = isDeepStrictEqual(got, want);
	ok(same, name);
	if (!same)
		console.log(`# got ${JSON.stringify(got)}\n`
			+ `# want ${JSON.stringify(want)}`);
};

// data, after a call that must not fail
export const good = ({data, error}, name) => {
	ok(!error, name);
	if (error)
		console.log(`# ${error.name} ${error.status} ${error.code}: `
			+ error.message);
	return data ?? {};
};

// code, after a call that must fail
export const bad = ({error}, code, name) => {
	is(error?.code ?? error?.name ?? null, code, name);
	return error;
};
