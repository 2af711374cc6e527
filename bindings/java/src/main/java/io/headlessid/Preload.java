package io.headlessid;

import io.headlessid.internal.Faults;
import io.headlessid.internal.JsonText;

/**
 * Loads the classes that a flow comes to only after something was sent. A service whose jar is replaced or
 * taken away while it runs would otherwise lose tokens that have been issued already.
 */
final class Preload {
    // Naming a class loads it; the results and their shapes are made ready by FlowKinds.
    private static final Class<?>[] LATER = {
        Advice.class, Answers.class, CatalogueNames.class, Challenge.class, ChallengeCall.class,
        ChallengeCall.Resend.class, ChallengeCall.Verify.class, Client.Beginning.class, Delays.class,
        Driver.Ended.class, ErrorKind.class, Faults.class, Flow.class, FlowRequest.class, FlowRequest.Builder.class, FlowResult.class,
        HeadlessIdException.class, HttpResponse.class, HttpRequest.class, HttpRequest.Header.class, JsonText.class,
        JsonText.Other.class, NativeClient.Operation.class, NoResponseException.class, NoResponseException.Sent.class,
        ResultShape.class, FlowExecutor.Conversion.class, FlowExecutor.Run.class, Step.Ask.class, Step.Done.class, Step.Failed.class,
        Step.Kind.class, Step.Send.class, Step.Show.class, Step.Sign.class, Step.Wait.class, ToString.class, Visitor.class,
    };

    private Preload() {}

    static void run() {
        for (Class<?> one : LATER) {
            initialize(one);
        }
        for (FlowKind<?> kind : FlowKinds.all()) {
            initialize(kind.getResultClass());
        }
    }

    private static void initialize(Class<?> one) {
        try {
            Class.forName(one.getName(), true, Preload.class.getClassLoader());
        } catch (ClassNotFoundException e) {
            throw new NoClassDefFoundError(one.getName());
        }
    }
}
