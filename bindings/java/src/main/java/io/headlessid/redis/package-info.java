/** Stores of sessions in Redis, by the client library that the app has already. */
package io.headlessid.redis;
