package io.headlessid;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** One call on a challenge: its values, as bytes that are wiped at its end, and what it does with them. */
abstract class ChallengeCall {
    private final Map<String, byte[]> given = new LinkedHashMap<>();

    ChallengeCall(Values values) {
        byte[][] names = values.names();
        byte[][] bytes = values.bytes();
        for (int i = 0; i < names.length; i++) {
            if (bytes[i] != null) {
                given.put(Utf8.decode(names[i]), bytes[i]);
            }
        }
    }

    /** The call's first act, at the step where the flow is parked; if it throws, the challenge goes on as before. */
    abstract void begin(Flow flow, Step parked);

    /** The error that the question at the end of the call means for the caller; null: none. */
    abstract HeadlessIdException wrongWith(Step question);

    byte[] valueOf(String name) {
        return given.get(name);
    }

    /** Values that are not answers are parameters: a new reCAPTCHA token, data that a ticket had no room for. */
    void setParameters(Flow flow, List<String> asks) {
        given.forEach((name, value) -> {
            if (!asks.contains(name)) {
                flow.set(name, value);
            }
        });
    }

    /** For the flow to use when it asks; the one that it asks for now comes last, because the flow moves on with it. */
    void offerAnswers(Flow flow, List<String> asks, String asked) {
        given.forEach((name, value) -> {
            if (asks.contains(name) && !name.equals(asked)) {
                flow.offer(name, value);
            }
        });
        if (given.containsKey(asked)) {
            flow.offer(asked, given.get(asked));
        }
    }

    void wipe() {
        given.values().forEach(Utf8::wipe);
        given.clear();
    }

    static String askedIn(Step step) {
        if (step instanceof Step.Ask) {
            return ((Step.Ask) step).getName();
        }
        return step instanceof Step.Show ? ((Step.Show) step).getName() : null;
    }

    static HeadlessIdException problemIn(Step step) {
        if (step instanceof Step.Ask) {
            return ((Step.Ask) step).getProblem();
        }
        return step instanceof Step.Show ? ((Step.Show) step).getProblem() : null;
    }

    /** Offers the person's answers. */
    static final class Verify extends ChallengeCall {
        private final List<String> asks;

        /** @param asks the names that the flow may ask for */
        Verify(Values values, List<String> asks) {
            super(values);
            this.asks = asks;
        }

        @Override
        void begin(Flow flow, Step parked) {
            String asked = askedIn(parked);
            boolean isAsking = asked != null || !(parked instanceof Step.Show);
            if (isAsking && (asked == null || valueOf(asked) == null)) {
                throw missing(asked);
            }
            setParameters(flow, asks);
            offerAnswers(flow, asks, asked);
        }

        @Override
        HeadlessIdException wrongWith(Step question) {
            HeadlessIdException problem = problemIn(question);
            return problem != null ? problem.here() : missing(askedIn(question));
        }

        private static HeadlessIdException missing(String asked) {
            return asked == null ? HeadlessIdException.state("wrong_step", "the challenge does not wait for a value")
                    : HeadlessIdException.argument(CatalogueNames.inJava(asked), "is missing: the challenge asks for it");
        }
    }

    /** Sends the message again. */
    static final class Resend extends ChallengeCall {
        Resend(Values values) {
            super(values);
        }

        @Override
        void begin(Flow flow, Step parked) {
            setParameters(flow, java.util.Collections.emptyList());
            flow.resend();
        }

        @Override
        HeadlessIdException wrongWith(Step question) {
            HeadlessIdException problem = problemIn(question);
            return problem == null ? null : problem.here();
        }
    }
}
