import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.ZipEntry;
import java.util.zip.ZipFile;
import javax.xml.parsers.DocumentBuilderFactory;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.cms.CMSSignedData;
import org.bouncycastle.tsp.TimeStampToken;
import org.bouncycastle.util.encoders.Hex;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** The signatures of whole documents, found and read without this project's readers. */
final class Documents {
    private static final Pattern RANGE =
            Pattern.compile("/ByteRange\\s*\\[\\s*(\\d+)\\s+(\\d+)\\s+(\\d+)\\s+(\\d+)\\s*\\]");

    private Documents() {}

    static String verifyPdf(byte[] data) throws Exception {
        Matcher ranges = RANGE.matcher(new String(data, StandardCharsets.ISO_8859_1));
        List<String> said = new ArrayList<>();
        int reaches = 0;
        while (ranges.find()) {
            int[] numbers = new int[4];
            for (int group = 0; group < 4; group++) {
                numbers[group] = Integer.parseInt(ranges.group(group + 1));
            }
            int hole = numbers[0] + numbers[1];
            int end = numbers[2] + numbers[3];
            Checker.must(
                    numbers[0] == 0 && hole < numbers[2] && end <= data.length, "a byte range does not fit the file");
            Checker.must(data[hole] == '<' && data[numbers[2] - 1] == '>', "the hole is not the signature's value");
            byte[] value = Hex.decode(Arrays.copyOfRange(data, hole + 1, numbers[2] - 1));
            ByteArrayOutputStream covered = new ByteArrayOutputStream();
            covered.write(data, 0, hole);
            covered.write(data, numbers[2], numbers[3]);
            said.add(verifyValue(value, covered.toByteArray()));
            reaches = Math.max(reaches, end);
        }
        Checker.must(!said.isEmpty(), "nobody signed");
        return String.format("signatures=%d covered=%d of %d: %s", said.size(), reaches, data.length, said);
    }

    private static String verifyValue(byte[] value, byte[] covered) throws Exception {
        CMSSignedData read = Cms.read(value, null);
        if (read.getSignedContentTypeOID().equals("1.2.840.113549.1.9.16.1.4")) {
            return Tokens.verifyToken(new TimeStampToken(read), covered, null);
        }
        return Cms.verify(value, covered);
    }

    static String verifyOfd(Path path) throws Exception {
        Map<String, byte[]> files = files(path);
        String list = one(parse(files.get("OFD.xml")), "Signatures").getTextContent().strip();
        list = resolve("", list);
        List<String> said = new ArrayList<>();
        NodeList signatures = parse(files.get(list)).getElementsByTagNameNS("*", "Signature");
        Set<String> uncovered = Set.of();
        for (int at = 0; at < signatures.getLength(); at++) {
            Element entry = (Element) signatures.item(at);
            String place = resolve(folder(list), entry.getAttribute("BaseLoc").strip());
            Set<String> covered = new HashSet<>(Set.of(list, place));
            said.add(verifySignature(files, place, entry.getAttribute("Type"), covered));
            uncovered = new HashSet<>(files.keySet());
            uncovered.removeAll(covered);
        }
        Checker.must(!said.isEmpty(), "nobody signed");
        return String.format("signatures=%d uncovered=%s: %s", said.size(), uncovered, said);
    }

    private static String verifySignature(Map<String, byte[]> files, String place, String type, Set<String> covered)
            throws Exception {
        byte[] xml = files.get(place);
        Checker.must(xml != null, "a signature's file is missing");
        Element root = parse(xml);
        String method = one(root, "References").getAttribute("CheckMethod");
        MessageDigest digest = MessageDigest.getInstance(method.equals("SM3") ? "1.2.156.10197.1.401" : method, "BC");
        NodeList references = root.getElementsByTagNameNS("*", "Reference");
        for (int at = 0; at < references.getLength(); at++) {
            Element reference = (Element) references.item(at);
            String name = resolve(folder(place), reference.getAttribute("FileRef").strip());
            Checker.must(files.containsKey(name), "a protected file is missing: " + name);
            byte[] value = Base64.getDecoder().decode(one(reference, "CheckValue").getTextContent().strip());
            Checker.must(Arrays.equals(digest.digest(files.get(name)), value), "a digest does not hold: " + name);
            covered.add(name);
        }
        String valuePlace = resolve(folder(place), one(root, "SignedValue").getTextContent().strip());
        byte[] value = files.get(valuePlace);
        Checker.must(value != null, "a signature's value is missing");
        covered.add(valuePlace);
        if (!type.equals("Sign")) {
            return Seals.verifySignature(value, xml, "/" + place);
        }
        CMSSignedData signed = Cms.read(value, null);
        byte[] content = (byte[]) signed.getSignedContent().getContent();
        byte[] expected = MessageDigest.getInstance("SM3", "BC").digest(xml);
        Checker.must(Arrays.equals(content, expected), "the signature is over another Signature.xml");
        return Cms.verify(value, null);
    }

    private static Map<String, byte[]> files(Path path) throws Exception {
        Map<String, byte[]> files = new LinkedHashMap<>();
        try (ZipFile archive = new ZipFile(path.toFile())) {
            for (ZipEntry entry : archive.stream().toList()) {
                if (!entry.isDirectory()) {
                    String name = entry.getName().replaceFirst("^/", "");
                    byte[] old = files.put(name, archive.getInputStream(entry).readAllBytes());
                    Checker.must(old == null, "two files bear one name");
                }
            }
        }
        return files;
    }

    private static Element parse(byte[] xml) throws Exception {
        Checker.must(xml != null, "a file is missing");
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        factory.setFeature("http://apache.org/xml/features/disallow-doctype-decl", true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml)).getDocumentElement();
    }

    private static Element one(Element inside, String name) throws Exception {
        NodeList found = inside.getElementsByTagNameNS("*", name);
        Checker.must(found.getLength() == 1, found.getLength() + " elements are called " + name);
        return (Element) found.item(0);
    }

    private static String folder(String place) {
        return place.substring(0, place.lastIndexOf('/') + 1);
    }

    /** A place in the package without the leading slash, from where it stands or from the top. */
    private static String resolve(String folder, String place) {
        return place.startsWith("/") ? place.substring(1) : folder + place;
    }
}
