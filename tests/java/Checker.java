import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.Security;
import java.util.Arrays;
import java.util.List;
import org.bouncycastle.jce.provider.BouncyCastleProvider;
import org.bouncycastle.util.encoders.Hex;

/**
 * Verifies what this project signs with an implementation that it did not make: BouncyCastle.
 *
 * <pre>
 * java Checker CHECK ARGUMENT...    one check
 * java Checker -                    a check a line on standard input, its words divided by tabs
 *
 * cms FILE [CONTENT]                CMS SignedData, also GB/T 35275; CONTENT where the content is not inside
 * token FILE IMPRINT-HEX [CERT]     an RFC 3161 token over this imprint; CERT where the authority's is not inside
 * response REQUEST RESPONSE         a granted timestamp response, against its request
 * sm2 SIGNATURE MESSAGE CERT        an SM2 signature, DER, under the usual id
 * certificate CERT ISSUER           a certificate under its issuer's
 * crl LIST ISSUER                   a revocation list under its issuer's certificate
 * ocsp RESPONSE                     an OCSP response under the certificate in it
 * seal FILE                         a seal of GB/T 38540 or GM/T 0031-2025
 * ses VALUE SIGNATURE-XML           a seal's signature over a Signature.xml, with the seal in it
 * ofd FILE                          every signature of an OFD file, with its digests
 * pdf FILE                          every signature of a PDF file
 * </pre>
 *
 * Writes <code>ok</code> and what it read, or <code>no</code> and why not; ends with 0 only where all was ok.
 */
public final class Checker {
    private static final PrintStream OUT = new PrintStream(System.out, true, StandardCharsets.UTF_8);

    private Checker() {}

    public static void main(String[] arguments) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        boolean good = true;
        if (arguments.length == 1 && arguments[0].equals("-")) {
            BufferedReader lines = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                good &= report(line.split("\t"));
            }
        } else {
            good = report(arguments);
        }
        System.exit(good ? 0 : 1);
    }

    private static boolean report(String[] words) {
        try {
            OUT.println("ok " + check(words[0], Arrays.asList(words).subList(1, words.length)).replace('\n', ' '));
            return true;
        } catch (Exception | LinkageError error) {
            OUT.println("no " + String.valueOf(error).replace('\n', ' '));
            return false;
        }
    }

    private static String check(String word, List<String> with) throws Exception {
        return switch (word) {
            case "cms" -> Cms.verify(read(with.get(0)), with.size() > 1 ? read(with.get(1)) : null);
            case "token" -> Tokens.verify(
                    read(with.get(0)), Hex.decode(with.get(1)), with.size() > 2 ? read(with.get(2)) : null);
            case "response" -> Tokens.verifyResponse(read(with.get(0)), read(with.get(1)));
            case "sm2" -> Certificates.verifySm2(read(with.get(0)), read(with.get(1)), read(with.get(2)));
            case "certificate" -> Certificates.verify(read(with.get(0)), read(with.get(1)));
            case "crl" -> Certificates.verifyList(read(with.get(0)), read(with.get(1)));
            case "ocsp" -> Certificates.verifyOcsp(read(with.get(0)));
            case "seal" -> Seals.verify(read(with.get(0)));
            case "ses" -> Seals.verifySignature(read(with.get(0)), read(with.get(1)), null);
            case "ofd" -> Documents.verifyOfd(Path.of(with.get(0)));
            case "pdf" -> Documents.verifyPdf(read(with.get(0)));
            default -> throw new IllegalArgumentException("no check is called " + word);
        };
    }

    private static byte[] read(String name) throws Exception {
        return Files.readAllBytes(Path.of(name));
    }

    /** Says what does not hold. */
    static void must(boolean holds, String what) throws NotVerified {
        if (!holds) {
            throw new NotVerified(what);
        }
    }

    /** Something does not hold. */
    static final class NotVerified extends Exception {
        private static final long serialVersionUID = 1L;

        NotVerified(String what) {
            super(what);
        }
    }
}
