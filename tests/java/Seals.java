import java.security.MessageDigest;
import java.security.cert.X509Certificate;
import java.util.Arrays;
import org.bouncycastle.asn1.ASN1BitString;
import org.bouncycastle.asn1.ASN1Encodable;
import org.bouncycastle.asn1.ASN1GeneralizedTime;
import org.bouncycastle.asn1.ASN1IA5String;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.ASN1ObjectIdentifier;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.ASN1Primitive;
import org.bouncycastle.asn1.ASN1PrintableString;
import org.bouncycastle.asn1.ASN1Sequence;
import org.bouncycastle.asn1.ASN1TaggedObject;
import org.bouncycastle.asn1.ASN1UTF8String;
import org.bouncycastle.asn1.cms.ContentInfo;
import org.bouncycastle.tsp.TimeStampToken;

/** Seals of GB/T 38540 (V4) and GM/T 0031-2025 (V5), and the signatures that bear them. */
final class Seals {
    private static final String SM2_SM3 = "1.2.156.10197.1.501";
    private static final String SM3 = "1.2.156.10197.1.401";

    private Seals() {}

    static String verify(byte[] der) throws Exception {
        return seal(strict(der));
    }

    /** A SES_Signature over these bytes of Signature.xml; at this path of the package, if one is given. */
    static String verifySignature(byte[] der, byte[] xml, String path) throws Exception {
        ASN1Sequence whole = strict(der);
        Checker.must(whole.size() == 4 || whole.size() == 5, "a signature has four or five fields");
        ASN1Sequence tbs = ASN1Sequence.getInstance(whole.getObjectAt(0));
        Checker.must(tbs.size() == 5 || tbs.size() == 6, "what is signed has five or six fields");
        ASN1Sequence seal = ASN1Sequence.getInstance(tbs.getObjectAt(1));
        String said = seal(seal);
        int version = ASN1Integer.getInstance(tbs.getObjectAt(0)).intValueExact();
        Checker.must(version == version(seal), "seal and signature differ in their version");
        ASN1GeneralizedTime time = ASN1GeneralizedTime.getInstance(tbs.getObjectAt(2));
        byte[] hash = MessageDigest.getInstance("SM3", "BC").digest(xml);
        Checker.must(
                Arrays.equals(ASN1BitString.getInstance(tbs.getObjectAt(3)).getOctets(), hash),
                "the signature is over another Signature.xml");
        String property = ASN1IA5String.getInstance(tbs.getObjectAt(4)).getString();
        Checker.must(path == null || property.equals(path), "the signature names another path");
        byte[] certificate = ASN1OctetString.getInstance(whole.getObjectAt(1)).getOctets();
        X509Certificate signer = Certificates.read(certificate);
        algorithm(whole.getObjectAt(2));
        byte[] signature = ASN1BitString.getInstance(whole.getObjectAt(3)).getOctets();
        Checker.must(
                Certificates.isSm2(signer.getPublicKey(), tbs.getEncoded("DER"), signature),
                "the document's signature does not hold");
        Checker.must(isListed(seal, certificate), "the seal does not list the signer");
        String stamped = whole.size() == 5 ? " stamped=" + stamp(whole.getObjectAt(4), signature) : "";
        return said + " property=" + property + " signed=" + time.getTimeString() + stamped;
    }

    private static String seal(ASN1Sequence seal) throws Exception {
        Checker.must(seal.size() == 4 || seal.size() == 5, "a seal has four or five fields");
        ASN1Sequence info = ASN1Sequence.getInstance(seal.getObjectAt(0));
        Checker.must(info.size() == 4 || info.size() == 5, "a seal's content has four or five fields");
        ASN1Sequence header = ASN1Sequence.getInstance(info.getObjectAt(0));
        Checker.must(
                header.size() == 3 && ASN1IA5String.getInstance(header.getObjectAt(0)).getString().equals("ES"),
                "this is no seal");
        int version = version(seal);
        Checker.must(version == 5 || version == 4 && seal.size() == 4, "this version is not made here");
        ASN1Sequence property = ASN1Sequence.getInstance(info.getObjectAt(2));
        Checker.must(property.size() == 7, "a seal has seven properties");
        for (int place = 4; place < 7; place++) {
            ASN1GeneralizedTime.getInstance(property.getObjectAt(place)).getDate();
        }
        ASN1Sequence picture = ASN1Sequence.getInstance(info.getObjectAt(3));
        Checker.must(picture.size() == 4, "a picture has four fields");
        String kind = ASN1IA5String.getInstance(picture.getObjectAt(0)).getString();
        int width = ASN1Integer.getInstance(picture.getObjectAt(2)).intValueExact();
        int height = ASN1Integer.getInstance(picture.getObjectAt(3)).intValueExact();
        X509Certificate maker = Certificates.read(ASN1OctetString.getInstance(seal.getObjectAt(1)).getOctets());
        algorithm(seal.getObjectAt(2));
        byte[] signature = ASN1BitString.getInstance(seal.getObjectAt(3)).getOctets();
        Checker.must(
                Certificates.isSm2(maker.getPublicKey(), info.getEncoded("DER"), signature),
                "the maker's signature does not hold");
        String stamped = seal.size() == 5 ? " sealStamped=" + stamp(seal.getObjectAt(4), signature) : "";
        return String.format(
                "seal=%s name=%s version=%d picture=%s:%dx%d%s",
                ASN1IA5String.getInstance(info.getObjectAt(1)).getString(),
                ASN1UTF8String.getInstance(property.getObjectAt(1)).getString(),
                version,
                kind,
                width,
                height,
                stamped);
    }

    private static int version(ASN1Sequence seal) {
        ASN1Sequence header = ASN1Sequence.getInstance(
                ASN1Sequence.getInstance(seal.getObjectAt(0)).getObjectAt(0));
        return ASN1Integer.getInstance(header.getObjectAt(1)).intValueExact();
    }

    private static boolean isListed(ASN1Sequence seal, byte[] certificate) throws Exception {
        ASN1Sequence property =
                ASN1Sequence.getInstance(ASN1Sequence.getInstance(seal.getObjectAt(0)).getObjectAt(2));
        boolean digests = ASN1Integer.getInstance(property.getObjectAt(2)).intValueExact() == 2;
        byte[] sought = digests ? MessageDigest.getInstance("SM3", "BC").digest(certificate) : certificate;
        for (ASN1Encodable item : ASN1Sequence.getInstance(property.getObjectAt(3))) {
            ASN1Encodable value = item;
            if (digests) {
                ASN1Sequence digest = ASN1Sequence.getInstance(item);
                ASN1PrintableString.getInstance(digest.getObjectAt(0));
                value = digest.getObjectAt(1);
            }
            if (Arrays.equals(ASN1OctetString.getInstance(value).getOctets(), sought)) {
                return true;
            }
        }
        return false;
    }

    private static String stamp(ASN1Encodable tagged, byte[] signature) throws Exception {
        ASN1BitString token = ASN1BitString.getInstance(ASN1TaggedObject.getInstance(tagged).getExplicitBaseObject());
        ContentInfo info = ContentInfo.getInstance(ASN1Primitive.fromByteArray(token.getOctets()));
        TimeStampToken read = new TimeStampToken(info);
        Checker.must(
                read.getTimeStampInfo().getMessageImprintAlgOID().getId().equals(SM3),
                "a seal's timestamp is over an SM3 digest");
        return Tokens.verifyToken(read, signature, null);
    }

    private static void algorithm(ASN1Encodable named) throws Exception {
        Checker.must(
                ASN1ObjectIdentifier.getInstance(named).getId().equals(SM2_SM3), "the algorithm is not SM2 with SM3");
    }

    /** One value in DER, and nothing behind it. */
    private static ASN1Sequence strict(byte[] der) throws Exception {
        ASN1Primitive read = ASN1Primitive.fromByteArray(der);
        Checker.must(Arrays.equals(read.getEncoded("DER"), der), "this is not DER");
        return ASN1Sequence.getInstance(read);
    }
}
