package io.headlessid;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jetbrains.annotations.NotNull;

/**
 * What an app and its org are to permit; {@link Org#generator} starts it. Flows and the contact's email address are
 * required. Not for use by several threads at once.
 */
public final class OrgGenerator {
    private final Map<String, Object> request = new LinkedHashMap<>();
    private final List<Map<String, Object>> existing = new ArrayList<>();

    OrgGenerator(String name) {
        request.put("name", name);
    }

    /** Every flow that the app is to use: "login", "web_server". */
    public @NotNull OrgGenerator flows(@NotNull String... names) {
        return put("flows", Arrays.asList(names.clone()));
    }

    /** The org demands it. */
    public @NotNull OrgGenerator contactEmail(@NotNull String value) {
        return put("contact_email", value);
    }

    /** A connected app that exists already, and not an external client app. */
    public @NotNull OrgGenerator connectedApp() {
        return put("kind", "connected_app");
    }

    /** The app cannot keep a secret: a browser, a phone. Otherwise it keeps one. */
    public @NotNull OrgGenerator publicClient() {
        return put("client", "public");
    }

    /** The format of the Metadata API, with a zip, and not the source format. */
    public @NotNull OrgGenerator mdapi() {
        return put("format", "mdapi");
    }

    /** Callback URLs; required where a flow ends at a callback. */
    public @NotNull OrgGenerator redirectUris(@NotNull String... values) {
        return put("redirect_uris", Arrays.asList(values.clone()));
    }

    /** Whose users may use the app. Without any one is made. */
    public @NotNull OrgGenerator permissionSets(@NotNull String... values) {
        return put("permission_sets", Arrays.asList(values.clone()));
    }

    /** Besides those that flows need: words of metadata or of requests. */
    public @NotNull OrgGenerator scopes(@NotNull String... values) {
        return put("scopes", Arrays.asList(values.clone()));
    }

    /** For people; made from the name otherwise. */
    public @NotNull OrgGenerator label(@NotNull String value) {
        return put("label", value);
    }

    /** User name of the integration user. */
    public @NotNull OrgGenerator runAsUser(@NotNull String value) {
        return put("run_as_user", value);
    }

    /** Of the bearer flows: PEM, or its base64 body. */
    public @NotNull OrgGenerator certificate(@NotNull String value) {
        return put("certificate", value);
    }

    /** Of first-party apps: PEM, or its base64 body. */
    public @NotNull OrgGenerator attestationCertificate(@NotNull String value) {
        return put("attestation_certificate", value);
    }

    /** For asset_token: the name of the certificate. */
    public @NotNull OrgGenerator assetTokenCertificate(@NotNull String value) {
        return put("asset_token_certificate", value);
    }

    /** For asset_token. */
    public @NotNull OrgGenerator assetTokenAudiences(@NotNull String value) {
        return put("asset_token_audiences", value);
    }

    /** Of a connected app that exists. */
    public @NotNull OrgGenerator clientId(@NotNull String value) {
        return put("client_id", value);
    }

    /** Of users that register. */
    public @NotNull OrgGenerator registrationProfile(@NotNull String value) {
        return put("registration_profile", value);
    }

    /** Of tokens that are exchanged: their issuer. */
    public @NotNull OrgGenerator idpIssuer(@NotNull String value) {
        return put("idp_issuer", value);
    }

    /** Of tokens that are exchanged: where the issuer's keys are. */
    public @NotNull OrgGenerator idpKeys(@NotNull String value) {
        return put("idp_keys", value);
    }

    /** Of tokens that are exchanged: their audience. */
    public @NotNull OrgGenerator idpAudience(@NotNull String value) {
        return put("idp_audience", value);
    }

    /** For asset_token, in seconds. */
    public @NotNull OrgGenerator assetTokenValidity(int value) {
        return put("asset_token_validity", value);
    }

    /** 67 without it. */
    public @NotNull OrgGenerator apiVersion(int value) {
        return put("api_version", value);
    }

    /** reCAPTCHA instead of the integration user's token. */
    public @NotNull OrgGenerator recaptcha() {
        return put("recaptcha", true);
    }

    /** Users are found by a class. */
    public @NotNull OrgGenerator loginHint() {
        return put("login_hint", true);
    }

    /** The org gives key and secret to its REST API. */
    public @NotNull OrgGenerator apiSecrets() {
        return put("api_secrets", true);
    }

    /**
     * An Experience Cloud site.
     *
     * @param name the name of its Network
     * @param network the Network's file, as retrieved from the org
     */
    public @NotNull OrgGenerator site(@NotNull String name, @NotNull String network) {
        return put("site", name).put("network", network);
    }

    /** The name of the site's Network. */
    public @NotNull OrgGenerator site(@NotNull String name) {
        return put("site", name);
    }

    /**
     * A file of the project that may have another app, again for each: its manifest and the org's settings keep what they have,
     * its SETUP.md keeps its name, its sfdx-project.json stays.
     */
    public @NotNull OrgGenerator existing(@NotNull String path, @NotNull String text) {
        Map<String, Object> file = new LinkedHashMap<>();
        file.put("path", path);
        file.put("text", text);
        existing.add(file);
        return put("existing", existing);
    }

    /**
     * Writes the files, as texts.
     *
     * @throws HeadlessIdException whose getField() names what is wrong or missing; with kind STATE and reason no_org_part where
     *     the build lacks the org's side
     */
    public @NotNull OrgFiles generate() {
        return new OrgFiles(OrgCalls.ask(Native::hlid_org_generate, request));
    }

    private OrgGenerator put(String member, Object value) {
        request.put(member, value);
        return this;
    }
}
