/** What a server may leave out, and has to say in CONNACK then (MQTT 5 section 3.2.2.3). */
export interface MqttOffers {
  readonly maximumQos: 0 | 1 | 2;
  readonly retainAvailable: boolean;
  readonly wildcardSubscriptionAvailable: boolean;
  readonly subscriptionIdentifierAvailable: boolean;
  readonly sharedSubscriptionAvailable: boolean;
}
