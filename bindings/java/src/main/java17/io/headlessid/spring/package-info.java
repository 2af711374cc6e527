/** Calls of an API with a session's token, by Spring 6, and the tokens of sessions for Spring Security. For JDK 17 and later. */
package io.headlessid.spring;
