{{- /* Milliseconds after which RabbitMQ takes back an unsettled delivery. Handlers rely on it: consumerTimeout in handlers/runtime. */ -}}
{{- define "system.consumerTimeout" -}}
1800000
{{- end }}

{{- /* A delivery limit for queues that people inspect: getting a message and requeueing it counts as a delivery. */ -}}
{{- define "system.neverWornOut" -}}
1000000
{{- end }}

{{- /* Name and type of each exchange. */ -}}
{{- define "system.exchanges" -}}
commands: topic
events: topic
notify: headers
delay: topic
due: topic
dead: topic
redrive: direct
questions: topic
replies: topic
broadcast: topic
unrouted: fanout
journal: fanout
{{- end }}

{{- define "system.queues" -}}
- unrouted
{{- range $tier, $length := .Values.tiers }}
- wait.{{ $tier }}
{{- end }}
{{- end }}
