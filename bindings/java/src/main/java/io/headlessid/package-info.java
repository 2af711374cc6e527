/**
 * Salesforce Headless Identity flows for the JVM and Android. {@link io.headlessid.Client} runs them, {@link io.headlessid.Challenge} is a flow
 * that waits for a person, {@link io.headlessid.HeadlessIdException} is every error.
 *
 * <pre>{@code
 * try (Client client = Client.builder().site(site).clientId(key).redirectUri(callback).build()) {
 *     Guest guest = client.guest();
 *     TokenSet me = client.login(request -> request.username(name).password(password).guest(guest));
 * }
 * }</pre>
 */
package io.headlessid;
