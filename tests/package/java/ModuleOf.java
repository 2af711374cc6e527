package demo;

import io.headlessid.Client;

/** Prints the module that the client is in, and its version. */
public final class ModuleOf {
    public static void main(String[] arguments) {
        System.out.println(Client.class.getModule().getDescriptor().toNameAndVersion());
    }
}
