{{- /* The alert rules of a file, for this release's namespace: as they stand they are for namespace shop. */ -}}
{{- define "shop.rules" -}}
{{ replace "namespace=\"shop\"" (printf "namespace=%q" .context.Release.Namespace) .text }}
{{- end }}

{{- /* Of RabbitMQ's numbers per queue and exchange those that rules and dashboards ask for; there are many more. */ -}}
{{- define "shop.rabbitFamilies" -}}
[queue_coarse_metrics, queue_consumer_count, queue_delivery_metrics, exchange_metrics]
{{- end }}
