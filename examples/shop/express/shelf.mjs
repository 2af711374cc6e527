// What the shop itself keeps, for all of its workers: carts by the visitor's UVID, and who is signed in.
const PREFIX = 'shop:';
const CUSTOMER_LIFETIME_S = 90 * 86_400;

/** In Redis, next to the sessions. */
export class RedisShelf {
  #redis;

  constructor(redis) {
    this.#redis = redis;
  }

  async add(uvid, id) {
    await this.#redis.hIncrBy(`${PREFIX}cart:${uvid}`, id, 1);
  }

  async cart(uvid) {
    return new Map(Object.entries(await this.#redis.hGetAll(`${PREFIX}cart:${uvid}`)).map(([id, count]) => [id, Number(count)]));
  }

  async signIn(session, customer) {
    await this.#redis.set(`${PREFIX}customer:${session}`, JSON.stringify(customer), { EX: CUSTOMER_LIFETIME_S });
  }

  async signOut(session) {
    await this.#redis.del(`${PREFIX}customer:${session}`);
  }

  async customer(session) {
    return JSON.parse((await this.#redis.get(`${PREFIX}customer:${session}`)) ?? 'null');
  }
}

/** In the memory of one worker. */
export class MemoryShelf {
  #carts = new Map();
  #customers = new Map();

  async add(uvid, id) {
    const cart = this.#carts.get(uvid) ?? new Map();
    this.#carts.set(uvid, cart.set(id, (cart.get(id) ?? 0) + 1));
  }

  async cart(uvid) {
    return this.#carts.get(uvid) ?? new Map();
  }

  async signIn(session, customer) {
    this.#customers.set(session, customer);
  }

  async signOut(session) {
    this.#customers.delete(session);
  }

  async customer(session) {
    return this.#customers.get(session) ?? null;
  }
}
