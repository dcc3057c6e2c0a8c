{{- /* The alert rules in a file, with the namespace `system` replaced by the release's namespace. */ -}}
{{- define "system.rules" -}}
{{ replace "namespace=\"system\"" (printf "namespace=%q" .context.Release.Namespace) .text }}
{{- end }}

{{- /* The metric families per queue and exchange that rules and dashboards use; RabbitMQ has many more. */ -}}
{{- define "system.rabbitFamilies" -}}
[queue_coarse_metrics, queue_consumer_count, queue_delivery_metrics, exchange_metrics]
{{- end }}

{{- /* How often a monitor of the Prometheus operator reads, and how long it waits. */ -}}
{{- define "system.scraping" -}}
interval: {{ .Values.podMonitor.interval }}
{{- with .Values.podMonitor.scrapeTimeout }}
scrapeTimeout: {{ . }}
{{- end }}
{{- end }}
