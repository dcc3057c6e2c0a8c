{{- /* Milliseconds after which RabbitMQ takes back a delivery that nobody settled. Handlers count on it: consumerTimeout in handlers/runtime. */ -}}
{{- define "shop.consumerTimeout" -}}
1800000
{{- end }}

{{- /* Looking at a message, by handing it back, counts as a delivery: queues that people look into must survive it. */ -}}
{{- define "shop.neverWornOut" -}}
1000000
{{- end }}

{{- /* Name and type of each exchange. */ -}}
{{- define "shop.exchanges" -}}
commands: topic
events: topic
delay: topic
due: topic
dead: topic
redrive: direct
unrouted: fanout
{{- end }}

{{- define "shop.queues" -}}
- unrouted
{{- range $tier, $length := .Values.tiers }}
- wait.{{ $tier }}
{{- end }}
{{- end }}
