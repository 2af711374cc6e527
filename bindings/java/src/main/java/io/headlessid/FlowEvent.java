package io.headlessid;

import io.headlessid.internal.JsonTree;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jetbrains.annotations.NotNull;
import org.jetbrains.annotations.Nullable;

/**
 * What a flow did: one request, one operation of a session's store, or its end. For logs, metrics and spans: nothing in it is
 * secret or says who the user is. Immutable.
 */
public final class FlowEvent {
    /** The kinds of event. Later versions may have more. */
    public enum Type { REQUEST, STORE, FLOW, OTHER }

    private final String json;
    private final Map<?, ?> members;

    private FlowEvent(String json) {
        this.json = json;
        this.members = (Map<?, ?>) JsonTree.read(json);
    }

    static List<FlowEvent> read(String lines) {
        List<FlowEvent> events = new ArrayList<>();
        for (String line : lines.split("\n")) {
            if (!line.isEmpty()) {
                events.add(new FlowEvent(line));
            }
        }
        return events;
    }

    private String text(String name) {
        return (String) members.get(name);
    }

    private int number(String name) {
        Object value = members.get(name);
        return value == null ? 0 : ((Number) value).intValue();
    }

    /** What this is about. */
    public @NotNull Type getType() {
        String name = String.valueOf(text("event"));
        return name.equals("request") ? Type.REQUEST : name.equals("store") ? Type.STORE : name.equals("flow") ? Type.FLOW : Type.OTHER;
    }

    /** The flow's name: "login", "session_token". */
    public @NotNull String getFlow() {
        return text("flow");
    }

    /** When it began, in milliseconds since 1970. */
    public long getStartedAtMs() {
        return ((Number) members.get("started_at_ms")).longValue();
    }

    /** How long it took, in milliseconds. */
    public long getMs() {
        return ((Number) members.get("ms")).longValue();
    }

    /** REQUEST: its name: "token", "revoke". */
    public @Nullable String getRequest() {
        return text("request");
    }

    /** REQUEST: "GET" or "POST". */
    public @Nullable String getMethod() {
        return text("method");
    }

    /** REQUEST: the host that it was sent to, with the port if it is not the usual one. */
    public @Nullable String getHost() {
        return text("host");
    }

    /** REQUEST: the status of the response; 0: there was none. */
    public int getStatus() {
        return number("status");
    }

    /** REQUEST: 1, or more for a repetition. */
    public int getAttempt() {
        return number("attempt");
    }

    /** REQUEST: why there was no whole response, or "". FLOW: the error's reason, if it failed. */
    public @Nullable String getReason() {
        return text("reason");
    }

    /** STORE: "load", "save", "delete", "lock", "unlock". */
    public @Nullable String getOperation() {
        return text("operation");
    }

    /** STORE: "done", "not_done", "found", "not_found", "fault". FLOW: "done", "failed". */
    public @Nullable String getOutcome() {
        return text("outcome");
    }

    /** FLOW: the error's kind, if it failed. */
    public @Nullable ErrorKind getKind() {
        return text("kind") == null ? null : ErrorKind.of(text("kind"));
    }

    /** FLOW: the error's advice, if it failed. */
    public @Nullable Advice getAdvice() {
        return text("advice") == null ? null : Advice.of(text("advice"));
    }

    /** FLOW of a session whose token was due: "this" flow has refreshed it, or "another", of any process. */
    public @Nullable String getRefreshedBy() {
        return text("refreshed_by");
    }

    /** The event as one line of JSON, the same in every language. */
    public @NotNull String toJson() {
        return json;
    }

    /** One line for a log. */
    @Override
    public String toString() {
        StringBuilder line = new StringBuilder(getFlow());
        switch (getType()) {
            case REQUEST:
                line.append(": ").append(getMethod()).append(' ').append(getHost()).append(' ').append(getRequest()).append(": ");
                line.append(getStatus() == 0 ? "no response" : "HTTP " + getStatus());
                append(line, getReason());
                if (getAttempt() > 1) {
                    line.append(", attempt ").append(getAttempt());
                }
                break;
            case STORE:
                line.append(": store ").append(getOperation()).append(": ").append(getOutcome());
                break;
            case FLOW:
                line.append(": ").append(getOutcome());
                append(line, getReason());
                append(line, text("advice"));
                if (getRefreshedBy() != null) {
                    line.append(", refreshed by ").append(getRefreshedBy().equals("this") ? "this flow" : "another");
                }
                break;
            default:
                line.append(": ").append(json);
        }
        return line.append(", ").append(getMs()).append(" ms").toString();
    }

    private static void append(StringBuilder line, String word) {
        if (word != null && !word.isEmpty()) {
            line.append(", ").append(word);
        }
    }
}
