// auth-js as an application uses it: sign-up, sign-in, refresh, updateUser,
// codes by mail, PKCE, signOut, and the admin side with the service key.
import {readdirSync, readFileSync} from 'node:fs';
import {bad, clients, good, is, ok} from './clients.mjs';

const env = process.env;
let n = 0;

const newestMail = () => {
	const dir = env.MAESTRO_MAIL_DIR;
	const name = readdirSync(dir).sort().at(-1);
	const body = readFileSync(`${dir}/${name}`, 'latin1')
		.match(/text\/plain[\s\S]*?\r\n\r\n([\s\S]*?)--/)[1];
	const text = Buffer.from(body, 'base64').toString();
	return {code: text.match(/this code: (\d+)/)[1],
		hash: text.match(/token=([^&\s]+)/)[1],
		link: text.match(/^\S+token=\S+$/m)[0]};
};

async function account(make, name) {
	const email = `js${++n}@client.test`, password = 'correct horse js';
	const c = make();
	const events = [];
	c.auth.onAuthStateChange((event) => { events.push(event); });

	let d = good(await c.auth.signUp({email, password,
		options: {data: {full_name: 'Js'}}}), `${name}: signUp`);
	is(d.user?.email, email, 'gives the user');
	ok(d.session?.access_token, 'and a session');
	is(d.user?.user_metadata?.full_name, 'Js', 'with its data');
	const error = bad(await make().auth.signUp({email, password}),
		'user_already_exists', 'signUp twice');
	ok(error?.message.startsWith('User already registered'),
		'in the words the client knows');
	const weak = bad(await make().auth.signUp({email: 'w@client.test',
		password: 'x'}), 'weak_password', 'a weak password');
	is(weak?.reasons, ['length'], 'is an AuthWeakPasswordError');

	bad(await make().auth.signInWithPassword({email, password: 'wrong'}),
		'invalid_credentials', 'signInWithPassword with a wrong one');
	d = good(await c.auth.signInWithPassword({email, password}),
		'signInWithPassword');
	is(good(await c.auth.getUser(), 'getUser').user?.email, email,
		'knows who');
	const claims = good(await c.auth.getClaims(), 'getClaims').claims;
	is(claims?.sub, d.user?.id, 'verified with the JWKS');
	is(good(await c.auth.mfa.getAuthenticatorAssuranceLevel(),
		'getAuthenticatorAssuranceLevel').currentLevel, 'aal1', 'aal1');

	const before = d.session;
	d = good(await c.auth.refreshSession(), 'refreshSession');
	ok(d.session?.refresh_token
		&& d.session.refresh_token !== before.refresh_token,
		'rotates the refresh token');
	good(await make().auth.setSession({access_token: before.access_token,
		refresh_token: before.refresh_token}),
		'setSession with a living access token');
	bad(await make().auth.refreshSession({refresh_token: 'aaaaaaaaaaaa'}),
		'refresh_token_not_found', 'refresh with an unknown token');

	d = good(await c.auth.updateUser({data: {city: 'Bern', full_name: null}}),
		'updateUser');
	is(d.user?.user_metadata?.city, 'Bern', 'sets a key');
	ok(!('full_name' in (d.user?.user_metadata ?? {full_name: 1})),
		'and deletes one');
	good(await c.auth.updateUser({password: 'another horse'}),
		'updateUser with a password');
	bad(await c.auth.updateUser({password: 'another horse'}),
		'same_password', 'the same one is refused');
	bad(await c.auth.signInAnonymously(), 'anonymous_provider_disabled',
		'signInAnonymously is off');

	const other = make();
	good(await other.auth.signInWithPassword({email,
		password: 'another horse'}), 'a second session');
	good(await c.auth.signOut({scope: 'others'}), 'signOut others');
	bad(await other.auth.getUser(), 'AuthSessionMissingError',
		'ends it');
	good(await c.auth.signOut(), 'signOut');
	is((await c.auth.getSession()).data.session, null, 'no session is left');
	bad(await c.auth.getUser(), 'AuthSessionMissingError', 'nor a user');
	for (const event of ['SIGNED_IN', 'TOKEN_REFRESHED', 'USER_UPDATED',
		'SIGNED_OUT'])
		ok(events.includes(event), `the event ${event} came`);
	return email;
}

async function mails(make, email) {
	const c = make();

	good(await c.auth.resetPasswordForEmail(email), 'resetPasswordForEmail');
	let d = good(await c.auth.verifyOtp({email, type: 'recovery',
		token: newestMail().code}), 'verifyOtp with the code');
	ok(d.session, 'gives a session');
	good(await c.auth.updateUser({password: 'third horse'}),
		'for a new password');

	good(await c.auth.signInWithOtp({email}), 'signInWithOtp');
	d = good(await make().auth.verifyOtp({type: 'magiclink',
		token_hash: newestMail().hash}), 'verifyOtp with the hash');
	is(d.user?.email, email, 'signs in');
	bad(await c.auth.verifyOtp({email, type: 'email', token: '000000'}),
		'otp_expired', 'a wrong code is refused');
	bad(await c.auth.signInWithOtp({email: 'nobody@client.test',
		options: {shouldCreateUser: false}}), 'otp_disabled',
		'shouldCreateUser false');
	good(await c.auth.resend({type: 'signup', email}), 'resend');
}

async function pkce(make, email) {
	const kept = new Map();
	const c = make(undefined, {flowType: 'pkce', persistSession: true,
		storage: {getItem: (k) => kept.get(k) ?? null,
			setItem: (k, v) => { kept.set(k, v); },
			removeItem: (k) => { kept.delete(k); }}});

	good(await c.auth.signInWithOtp({email}), 'signInWithOtp, PKCE');
	const r = await fetch(newestMail().link, {redirect: 'manual'});
	const code = new URL(r.headers.get('location')).searchParams.get('code');
	const d = good(await c.auth.exchangeCodeForSession(code ?? ''),
		'exchangeCodeForSession');
	is(d.user?.email, email, 'signs in');
}

async function admin(make) {
	const a = make(env.SUPABASE_SERVICE_ROLE_KEY).auth.admin;
	const email = `adm${++n}@client.test`;

	let d = good(await a.createUser({email, password: 'made by admin',
		email_confirm: true, user_metadata: {k: 1},
		app_metadata: {plan: 'x'}}), 'admin.createUser');
	const id = d.user?.id;
	is(good(await a.getUserById(id), 'admin.getUserById').user?.email,
		email, 'finds it');
	d = good(await a.listUsers({page: 1, perPage: 1}), 'admin.listUsers');
	is(d.users?.length, 1, 'pages of one');
	ok(d.total > 1 && d.nextPage === 2 && d.lastPage > 1,
		'with the links understood');
	is(good(await a.updateUserById(id, {user_metadata: {k: 2},
		ban_duration: '1h'}), 'admin.updateUserById').user
		?.user_metadata?.k, 2, 'changes it');
	bad(await make().auth.signInWithPassword({email,
		password: 'made by admin'}), 'user_banned', 'bans it');
	good(await a.updateUserById(id, {ban_duration: 'none'}), 'lifts the ban');
	const user = make();
	d = good(await user.auth.signInWithPassword({email,
		password: 'made by admin'}), 'signs in');
	good(await a.signOut(d.session.access_token), 'admin.signOut');
	bad(await user.auth.refreshSession(), 'refresh_token_not_found',
		'ends the session');
	d = good(await a.generateLink({type: 'magiclink', email}),
		'admin.generateLink');
	ok(d.properties?.hashed_token && d.properties?.email_otp, 'its parts');
	good(await a.inviteUserByEmail(`inv${n}@client.test`),
		'admin.inviteUserByEmail');
	good(await a.deleteUser(id), 'admin.deleteUser');
	bad(await a.getUserById(id), 'user_not_found', 'is gone');
	bad(await make().auth.admin.listUsers(), 'not_admin',
		'the anon key is no administrator');
}

for (const {name, make} of clients) {
	const email = await account(make, name);
	await mails(make, email);
	await pkce(make, email);
	await admin(make);
}
