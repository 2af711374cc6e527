/** Calls of an API with a session's token, by java.net.http. For JDK 11 and later. */
package io.headlessid.http;
