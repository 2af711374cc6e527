// The page of the example shops. It talks to its own server only, and only that server talks to Salesforce: no token,
// ticket or secret ever reaches this file. Cookies are httponly; everything is JSON.
//
//   GET  /api/shop                                            the shop, see below
//   POST /api/cart      {id}                                  one more of that product
//   POST /api/login     {username, password}                  signs in
//   POST /api/otp       {username, method: email | sms}       sends a code to sign in with
//   POST /api/register  {first_name, last_name, email, password}    sends a code to register with
//   POST /api/reset     {username}                            sends a code to set a new password with
//   POST /api/verify    {otp, new_password?}                  verifies the code
//   POST /api/resend    {}                                    sends another code
//   POST /api/cancel    {}                                    stops waiting for a code
//   POST /api/account   {}                                    asks the site who the customer is, with the session's token
//   POST /api/logout    {}                                    ends the session
//   GET  /api/inbox     {messages: [{to, flow, otp}]}, oldest first: only for the demo
//
// All but the last return the shop's new state, with what went wrong if something did (status 400 and above):
//   {products: [{id, name, price}], cart: [{id, name, count}], uvid, user: name or null, carried: true | false | null,
//    waiting: {flow, asks} or null, account: {username, email} or null, error: {reason, message} or absent}
'use strict';

const byId = (id) => document.getElementById(id);

function item(text, button) {
  const li = document.createElement('li');
  li.append(text, ...(button ? [button] : []));
  return li;
}

function show(shop, said) {
  byId('who').textContent = shop.user ? `Hello, ${shop.user}` : 'Hello, visitor';
  byId('who').dataset.carried = shop.carried;
  byId('logout').hidden = byId('account').hidden = !shop.user;
  byId('uvid').textContent = shop.uvid;
  byId('sign-in').hidden = Boolean(shop.user || shop.waiting);
  byId('waiting').hidden = !shop.waiting;
  byId('waiting').dataset.flow = shop.waiting?.flow ?? '';
  byId('new-password').hidden = shop.waiting?.flow !== 'password_reset';
  byId('products').replaceChildren(
    ...shop.products.map(({ id, name, price }) => {
      const add = document.createElement('button');
      add.textContent = 'Add';
      add.dataset.add = id;
      add.onclick = () => call('cart', { id });
      return item(`${name}, ${price} €`, add);
    }),
  );
  byId('cart').replaceChildren(
    ...shop.cart.map(({ id, name, count }) => {
      const line = item(`${count} × ${name}`);
      line.dataset.id = id;
      line.dataset.count = count;
      return line;
    }),
  );
  byId('message').textContent = shop.error ? shop.error.message : (said ?? '');
  byId('message').className = shop.error ? 'wrong' : '';
  byId('message').dataset.reason = shop.error?.reason ?? '';
}

let calls = 0;

async function call(name, body) {
  const buttons = document.querySelectorAll('button');
  for (const button of buttons) button.disabled = true;
  try {
    const options = body && { method: 'POST', headers: { 'Content-Type': 'application/json' }, body: JSON.stringify(body) };
    const response = await fetch(`/api/${name}`, options);
    const shop = await response.json();
    const account = shop.account && `You are ${shop.account.username}, ${shop.account.email}.`;
    show(shop, !shop.error && body && (account ?? SAID[name]));
    return !shop.error;
  } catch {
    byId('message').textContent = 'The shop does not respond.';
    byId('message').className = 'wrong';
    return false;
  } finally {
    for (const button of buttons) button.disabled = false;
    // For tests: something to wait for.
    document.body.dataset.calls = ++calls;
  }
}

const SAID = {
  otp: 'If there is such a customer, a code is on its way.',
  reset: 'If there is such a customer, a code is on its way.',
  register: 'A code is on its way.',
  resend: 'Another code is on its way.',
  verify: 'Done.',
  logout: 'You are logged out.',
};

async function submit(event) {
  event.preventDefault();
  const form = event.target;
  const values = Object.fromEntries([...new FormData(form)].filter(([, value]) => value !== ''));
  const good = await call(form.id, values);
  // A password does not stay in the page; what was wrong can be typed again.
  for (const input of form.querySelectorAll('[type=password], [name=otp]')) input.value = '';
  if (good) form.reset();
}

async function inbox() {
  byId('shop').hidden = true;
  byId('inbox').hidden = false;
  const { messages } = await (await fetch('/api/inbox')).json();
  byId('messages').replaceChildren(
    ...messages.reverse().map(({ to, flow, otp }) => {
      const line = item(`${to}: your code for ${flow} is ${otp}`);
      Object.assign(line.dataset, { to, flow, otp });
      return line;
    }),
  );
  document.body.dataset.calls = ++calls;
}

if (location.pathname === '/inbox') {
  inbox();
} else {
  for (const form of document.forms) form.onsubmit = submit;
  for (const id of ['account', 'logout', 'resend', 'cancel']) byId(id).onclick = () => call(id, {});
  call('shop');
}
