<?php
// A foreign SOAP service: PHP's own SoapServer over a WSDL that spyne wrote. DEEDS_WSDL names it, DEEDS_VERSION is 1.1 or 1.2.
declare(strict_types=1);

const WSSE = 'http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd';
const USERNAME = 'gateway';
const PASSWORD = 'foreign <&> 密码';

final class Deeds
{
    private bool $known = false;

    public function Security(object $security): void
    {
        $token = $security->UsernameToken;
        $given = is_object($token->Password) ? $token->Password->_ : $token->Password;
        $digest = base64_encode(sha1(base64_decode($token->Nonce) . $token->Created . PASSWORD, true));
        if ($token->Username !== USERNAME || !hash_equals($digest, $given)) {
            throw new SoapFault([WSSE, 'FailedAuthentication'], 'the token proves nothing');
        }
        $this->known = true;
    }

    public function findDeeds(object $asked): object
    {
        $this->verify();
        $holder = $asked->holder;
        if ($holder->Number === 'NOBODY') {
            return $this->reply('10', 'none found', []);
        }
        $purpose = $asked->purpose;
        $kinds = $asked->kinds->string ?? [];
        $echo = [
            $purpose->Item . '|' . ($purpose->Case ?? 'None') . '|' . ($purpose->Note ?? 'None'),
            implode(',', (array) $kinds) . '|' . ($asked->since ?? 'None') . '|' . var_export($asked->active ?? null, true),
        ];
        $one = $this->deed('D-1', $holder) + ['Until' => null, 'Area' => '12.50', 'Remark' => $echo];
        $two = $this->deed('D-2', $holder) + ['Until' => '2031-01-02'];
        return $this->reply('0', '完成', $holder->Number === 'SINGLE' ? [$one] : [$one, $two]);
    }

    public function getDeed(object $asked): object
    {
        $this->verify();
        throw new SoapFault('Server', 'the archive is closed for ' . strlen($asked->number) . ' characters');
    }

    private function verify(): void
    {
        if (!$this->known) {
            throw new SoapFault([WSSE, 'InvalidSecurity'], 'no security header');
        }
    }

    private function deed(string $number, object $holder): array
    {
        return [
            'Version' => 3,
            'Number' => $number,
            'Title' => '不动产权证书 <示例> & 附记',
            'Issued' => '2021-03-04',
            'Updated' => '2024-05-06T07:08:09',
            'Active' => true,
            'Parties' => ['Party' => [
                ['Kind' => $holder->Kind, 'Number' => $holder->Number, 'Name' => $holder->Name ?? null],
                ['Kind' => '001', 'Number' => 'X-1'],
            ]],
        ];
    }

    private function reply(string $code, string $text, array $deeds): object
    {
        $result = ['Code' => $code, 'Text' => $text, 'Total' => count($deeds), 'Items' => ['Deed' => $deeds]];
        return (object) ['findDeedsResult' => $result];
    }
}

ini_set('soap.wsdl_cache_enabled', '0');
$version = getenv('DEEDS_VERSION') === '1.2' ? SOAP_1_2 : SOAP_1_1;
$server = new SoapServer(getenv('DEEDS_WSDL'), ['soap_version' => $version, 'cache_wsdl' => WSDL_CACHE_NONE]);
$server->setObject(new Deeds());
$server->handle();
